import { roundUp } from '../../domain/round.ts';

/** Fields of a newc header, in its order, after the magic; 8 hexadecimal digits each. */
export const FIELDS = [
  'inode',
  'mode',
  'uid',
  'gid',
  'links',
  'mtime',
  'size',
  'deviceMajor',
  'deviceMinor',
  'specialMajor',
  'specialMinor',
  'nameSize',
  'check',
] as const;

export type CpioHeader = Readonly<Record<(typeof FIELDS)[number], number>>;

export const MAGIC = '070701';
/** Same as newc, with a checksum of each file, which readers here do not check. */
export const MAGIC_CRC = '070702';
export const HEADER_SIZE = MAGIC.length + FIELDS.length * 8;
export const TRAILER = 'TRAILER!!!';
export const MAX_FIELD = 0xffffffff;

/** Type bits of `mode` (POSIX). */
export const MODE_TYPES = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const;

/**
 * A header, the name with its NUL, and zeros up to a multiple of 4.
 * Source: cpio(5); Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export function encodeHeader(header: Omit<CpioHeader, 'nameSize' | 'check'>, name: Uint8Array): Buffer {
  const full: CpioHeader = { ...header, nameSize: name.length + 1, check: 0 };
  const digits = FIELDS.map((field) => full[field].toString(16).toUpperCase().padStart(8, '0')).join('');
  const bytes = Buffer.alloc(align(HEADER_SIZE + name.length + 1));
  bytes.write(MAGIC + digits, 0, 'latin1');
  bytes.set(name, HEADER_SIZE);
  return bytes;
}

/** The next multiple of 4. */
export function align(size: number): number {
  return roundUp(size, 4);
}
