import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { buildError } from '../../domain/errors.ts';
import { type CpioEntry, readCpio } from '../cpio/index.ts';
import type { ByteSource } from '../source.ts';
import type { RpmHeaders } from './read.ts';
import { TAG } from './tags.ts';

const BLOCK = 1024 * 1024;

/**
 * Entries of an RPM's payload, in its order; names as the payload has them (`./usr/bin/x`). Throws
 * `RPM_COMPRESSION` for anything but zstd, gzip and none, `CPIO_INVALID` for what is no cpio archive.
 */
export function readPayload(read: ByteSource, { main, headerRange }: RpmHeaders): AsyncGenerator<CpioEntry> {
  return readCpio(decompressed(blocks(read, headerRange.end), main.string(TAG.payloadCompressor) || 'gzip'));
}

function decompressed(stream: AsyncIterable<Uint8Array>, compressor: string): AsyncIterable<Uint8Array> {
  switch (compressor) {
    case 'zstd':
      return through(stream, createZstdDecompress());
    case 'gzip':
      return through(stream, createGunzip());
    case 'identity':
      return stream;
    default:
      throw buildError('RPM_COMPRESSION', `a payload compressed by ${compressor} cannot be read`, {
        hint: 'Build the package with a zstd or gzip payload (%_binary_payload).',
      });
  }
}

/** The padding after an archive's end is never asked for: both ends are let go of then, without an error. */
async function* through(stream: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  const source = Readable.from(stream);
  source.on('error', (error) => decoder.destroy(error));
  try {
    yield* source.pipe(decoder);
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

async function* blocks(read: ByteSource, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; ; ) {
    const bytes = await read(at, BLOCK);
    if (bytes.length === 0) return;
    yield bytes;
    at += bytes.length;
  }
}
