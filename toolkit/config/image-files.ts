import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nearestName } from '../domain/nearest.ts';

/** Where a configuration names files of the user that go into the image, or make it. */
export const FILE_KEYS: readonly string[] = [
  'base.image',
  'installer.systems.*',
  'installer.systems.*.config',
  'files.*.source',
  'mediumFiles.*.source',
  'scripts.preInstall.*.path',
  'scripts.postInstall.*.path',
  'scripts.finalize.*.path',
  'disk.encryption.passphraseFile',
  'disk.secureBoot.key',
  'disk.secureBoot.certificate',
  ...['disk', 'otherDisks.*'].flatMap((disk) => [
    `${disk}.rawBinaries.*.source`,
    `${disk}.partitions.*.overlayBase`,
    `${disk}.partitions.*.rdiffBase`,
  ]),
];

/**
 * Undefined for an ordinary file that is there; otherwise what is wrong, with the nearest name beside it.
 * `path` is absolute, `written` how the user wrote it.
 */
export async function fileProblem(path: string, written: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? undefined : `${written} is not an ordinary file`;
  } catch {
    const names = await readdir(dirname(path)).catch(() => undefined);
    if (names === undefined) return `no such file: ${written} (its folder is not there either)`;
    const nearest = nearestName(basename(path), names);
    return `no such file: ${written}${nearest === undefined ? '' : `; did you mean '${join(dirname(written), nearest)}'?`}`;
  }
}

/** Whether anyone may run an ordinary file. */
export async function isProgram(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}

/** Names of the configurations beside a path, sorted; empty where there is no such folder. */
export async function siblingNames(path: string): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  return names.filter((name) => /(?<!\.schema)\.(?:ya?ml|json)$/.test(name)).sort();
}
