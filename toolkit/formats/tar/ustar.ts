import type { DeviceNumbers } from '../../domain/manifest.ts';
import { octalMax, writeOctal } from './octal.ts';

export const BLOCK_SIZE = 512;

/** Fields of a ustar header that hold what they are given; everything that may not fit is in PAX records. */
export interface UstarHeader {
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: string;
  readonly linkName: Uint8Array;
  readonly device: DeviceNumbers;
}

export const USTAR_LIMITS = {
  name: 100,
  prefix: 155,
  id: octalMax(8),
  size: octalMax(12),
  mtime: octalMax(12),
  device: octalMax(8),
} as const;

/**
 * One header block. The names of owner and group stay empty: readers then take the numbers.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */
export function encodeUstar(header: UstarHeader): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  block.set(header.name, 0);
  writeOctal(block, 100, 8, header.mode);
  writeOctal(block, 108, 8, header.uid);
  writeOctal(block, 116, 8, header.gid);
  writeOctal(block, 124, 12, header.size);
  writeOctal(block, 136, 12, header.mtime);
  block.fill(' ', 148, 156);
  block.write(header.type, 156, 'latin1');
  block.set(header.linkName, 157);
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, 329, 8, header.device.major);
  writeOctal(block, 337, 8, header.device.minor);
  block.set(header.prefix, 345);
  let sum = 0;
  for (let at = 0; at < BLOCK_SIZE; at += 1) sum += block[at]!;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/**
 * Splits a path at a slash so that it fits into name and prefix; undefined when it does not. The split is
 * the one with the longest name, so that it depends on the path alone.
 */
export function splitPath(path: Buffer): { name: Buffer; prefix: Buffer } | undefined {
  if (path.length <= USTAR_LIMITS.name) {
    return { name: path, prefix: Buffer.alloc(0) };
  }
  const slash = path.indexOf(0x2f, path.length - USTAR_LIMITS.name - 1);
  if (slash < 1 || slash > USTAR_LIMITS.prefix || slash === path.length - 1) {
    return undefined;
  }
  return { name: path.subarray(slash + 1), prefix: path.subarray(0, slash) };
}

/** Bytes that fill the last block of `size` bytes of content. */
export function blockPadding(size: number): number {
  return (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE;
}
