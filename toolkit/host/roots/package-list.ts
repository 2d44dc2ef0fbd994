import { readFile } from 'node:fs/promises';
import { usageError } from '../../domain/errors.ts';
import { hasCode } from '../io-errors.ts';

/** Debian's rule for package names. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

/** Reads `chroot/NAME.packages`. Throws `ROOT_UNKNOWN` when there is none. */
export async function readPackageList(path: string): Promise<string[]> {
  try {
    return parsePackageList(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw usageError('ROOT_UNKNOWN', `There is no package list ${path}`, { cause: error });
  }
}

/** One Debian package a line, `#` starts a comment. Sorted, each once. Throws `PACKAGE_LIST_INVALID`. */
export function parsePackageList(text: string, path: string): string[] {
  const names = new Set<string>();
  text.split('\n').forEach((line, index) => {
    const name = line.replace(/#.*/, '').trim();
    if (name === '') return;
    if (!PACKAGE_NAME.test(name)) {
      throw usageError('PACKAGE_LIST_INVALID', `${path}:${index + 1}: not a Debian package name: ${name}`, {
        hint: 'Write one package a line; # starts a comment.',
      });
    }
    names.add(name);
  });
  return [...names].sort();
}
