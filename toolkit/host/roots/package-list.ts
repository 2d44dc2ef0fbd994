import { readFile } from 'node:fs/promises';
import { usageError } from '../../domain/errors.ts';
import { hasCode } from '../io-errors.ts';

/** What a root is made of. */
export interface PackageList {
  /** Debian's release, where the list names one (`suite: bookworm`). */
  readonly suite: string | undefined;
  /** Files of chroot/rpm/ that the root's rpm reads (`rpm: macros.distrokit rpmrc`). */
  readonly rpm: readonly string[];
  /** Files of chroot/rpm/ with more conventional names than `seed-names` has (`names: seed-names.fedora`). */
  readonly names: readonly string[];
  /** Sorted, each once. */
  readonly packages: readonly string[];
}

/** Debian's rule for package names. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

/** Reads `chroot/NAME.packages`. Throws `ROOT_UNKNOWN` when there is none. */
export async function readPackageList(path: string): Promise<PackageList> {
  try {
    return parsePackageList(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw usageError('ROOT_UNKNOWN', `There is no package list ${path}`, { cause: error });
  }
}

/**
 * One Debian package a line, or `suite: NAME`, or `rpm: FILE...`, or `names: FILE...`; `#` starts a
 * comment. Throws `PACKAGE_LIST_INVALID`.
 */
export function parsePackageList(text: string, path: string): PackageList {
  const names = new Set<string>();
  let suite: string | undefined;
  let rpm: readonly string[] = [];
  let moreNames: readonly string[] = [];
  text.split('\n').forEach((line, index) => {
    const words = line.replace(/#.*/, '').trim();
    const setting = /^(suite|rpm|names):\s*(\S.*)$/.exec(words);
    if (setting?.[1] === 'suite' && PACKAGE_NAME.test(setting[2]!)) suite = setting[2];
    else if (setting?.[1] === 'rpm') rpm = setting[2]!.split(/\s+/);
    else if (setting?.[1] === 'names') moreNames = setting[2]!.split(/\s+/);
    else if (PACKAGE_NAME.test(words)) names.add(words);
    else if (words !== '') {
      throw usageError('PACKAGE_LIST_INVALID', `${path}:${index + 1}: not a Debian package name: ${words}`, {
        hint: 'Write one package a line, or `suite: NAME`, `rpm: FILE...`, `names: FILE...`; # starts a comment.',
      });
    }
  });
  return { suite, rpm, names: moreNames, packages: [...names].sort() };
}
