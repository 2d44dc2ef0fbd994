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

/** One frame: the kernel takes what comes after it for another archive. */
const KERNEL_ZSTD = ['zstd', '-q', '-9', '-T1', '--no-check', '--stdout'] as const;

/**
 * Compresses a stream of bytes, for a kernel that unpacks it where `reader` says so. xz is the tools root's: Node has
 * none. Throws `ARTIFACT_FAILED`.
 */
export function compressed(
  bytes: AsyncIterable<Uint8Array>,
  compression: Compression,
  making: Making,
  signal: AbortSignal,
  reader?: 'kernel',
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'gz':
      return gzip(bytes, CONCURRENCY);
    case 'zst':
      return reader === 'kernel' ? throughTool(KERNEL_ZSTD, bytes, making, signal) : zstd(bytes, CONCURRENCY);
    case 'xz':
      // The kernel checks no other checksum.
      return throughTool(reader === 'kernel' ? [...XZ, '--check=crc32'] : XZ, bytes, making, signal);
  }
}

async function* throughTool(
  argv: readonly [string, ...string[]],
  bytes: AsyncIterable<Uint8Array>,
  { request, ports }: Making,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const words: string[] = [];
  const command = { argv, onLine: (line: string) => void words.push(line) };
  await using program = await ports.roots.open(request.tools, command, signal);
  const feeding = pipeline(Readable.from(bytes), program.stdin, { signal });
  // Told below, once the program has ended and has said why.
  feeding.catch(() => undefined);
  for await (const piece of program.stdout) yield Buffer.from(piece);
  const code = await program.ended;
  if (code !== 0) {
    throw buildError(
      'ARTIFACT_FAILED',
      `${request.config.name}: ${argv[0]} exited with ${code}: ${words.join('\n')}`,
    );
  }
  await feeding;
}
