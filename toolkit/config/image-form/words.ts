import { z } from 'zod';

/** A path of the host: of a file of the user, relative to the file that names it. */
export const hostPath = z.string().min(1, 'a path is wanted').describe('a path, relative to this file');

/** What comes after the slash that a path begins with. */
const REST = '(?!.*(?:^|/)\\.{1,2}(?:/|$))(?!.*//).*[^/]$';

/** An absolute path in the image. */
export const imagePath = pathOf(`^/${REST}`);

/** The same of a folder, which may be the root. */
export const imageFolder = pathOf(`^/(?:$|${REST})`);

function pathOf(pattern: string): z.ZodString {
  return z
    .string()
    .regex(new RegExp(pattern), 'an absolute path without . or .. is wanted')
    .refine(hasFileNames, 'the name of a file has at most 255 bytes, none of them zero');
}

function hasFileNames(path: string): boolean {
  return path.split('/').every((name) => Buffer.byteLength(name) <= 255 && !name.includes('\0'));
}

export const packageName = z
  .string()
  .regex(
    /^[A-Za-z0-9/(][^\s,]*(?: (?:<|<=|=|>=|>) \S+)?$/,
    'a package name, a path or a capability without spaces is wanted',
  );

export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'a SHA-256 is wanted: 64 hexadecimal digits')
  .describe('what it has to have; else nothing is made');

/** What an artifact is called, before its version. */
export const fileStem = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a file name is wanted');

export const accountName = z.string().regex(/^[a-z_][a-z0-9_-]*\$?$/, 'a group name is wanted');

/** Bytes by their unit. */
const UNITS: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

const SIZE = '(?:[1-9][0-9]*[MGT])';

function sizeOf(pattern: string, wanted: string): z.ZodString {
  return z.string(wanted).regex(new RegExp(`^(?:${pattern})$`), wanted);
}

export const diskSize = sizeOf(`auto|${SIZE}`, 'auto, or a size such as "512M" or "4G" is wanted');
export const partitionSize = sizeOf(
  `auto|max|${SIZE}`,
  'auto, max, or a size such as "512M" or "4G" is wanted',
);
export const offset = sizeOf(`0|${SIZE}`, 'a place on the disk such as "1M" or "4G" is wanted');

/** Bytes of `512M`, `4G`, `2T` or `0`. */
export function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (UNITS[size.at(-1)!] ?? 1);
}
