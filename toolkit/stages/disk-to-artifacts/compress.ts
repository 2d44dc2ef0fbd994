import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buildError } from '../../domain/errors.ts';
import type { Compression } from '../../domain/image-format.ts';
import { gzip, zstd } from '../../formats/compress/index.ts';
import type { Making } from './making.ts';

/** Pieces of 4 MiB that are packed at the same time. */
const CONCURRENCY = 8;
/** Blocks of a fixed size, in the mode for several threads: the same bytes on any number of cores. */
const XZ = [
  'xz',
  '--compress',
  '--stdout',
  '--format=xz',
  '-6',
  '--threads=2',
  '--block-size=16MiB',
] as const;

/** Compresses a stream of bytes. xz is the tools root's: Node has none. Throws `ARTIFACT_FAILED`. */
export function compressed(
  bytes: AsyncIterable<Uint8Array>,
  compression: Compression,
  making: Making,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'gz':
      return gzip(bytes, CONCURRENCY);
    case 'zst':
      return zstd(bytes, CONCURRENCY);
    case 'xz':
      return xz(bytes, making, signal);
  }
}

async function* xz(
  bytes: AsyncIterable<Uint8Array>,
  { request, ports }: Making,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const words: string[] = [];
  const command = { argv: XZ, onLine: (line: string) => void words.push(line) };
  await using program = await ports.roots.open(request.tools, command, signal);
  const feeding = pipeline(Readable.from(bytes), program.stdin, { signal });
  // Told below, once the program has ended and has said why.
  feeding.catch(() => undefined);
  for await (const piece of program.stdout) yield Buffer.from(piece);
  const code = await program.ended;
  if (code !== 0) {
    throw buildError(
      'ARTIFACT_FAILED',
      `${request.config.name}: xz exited with ${code}: ${words.join('\n')}`,
    );
  }
  await feeding;
}
