import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { usageError } from '../../domain/errors.ts';
import type { RootPackage } from '../../domain/ports.ts';
import { hasCode } from '../io-errors.ts';

const lockSchema = z.strictObject({
  suite: z.string(),
  arch: z.string(),
  requested: z.array(z.string()),
  packages: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      arch: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** Which packages a root was made of, and the sorted list (`chroot/NAME.packages`) that asked for it. Names no server. */
export type RootLock = z.infer<typeof lockSchema>;

/** Reads `chroot/NAME.lock`; undefined when there is none. Throws `ROOT_LOCK_INVALID`. */
export async function readLock(path: string): Promise<RootLock | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch (error) {
    throw usageError('ROOT_LOCK_INVALID', `${path} is not a lock of a root`, {
      hint: 'Run: make update-roots',
      cause: error,
    });
  }
}

/** One package a line, so that a change of a version is a change of a line. */
export function formatLock({ suite, arch, requested, packages }: RootLock): string {
  const list = (items: readonly unknown[]) =>
    `[\n${items.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`;
  const fields = [
    `"suite": ${JSON.stringify(suite)}`,
    `"arch": ${JSON.stringify(arch)}`,
    `"requested": ${list(requested)}`,
    `"packages": ${list(sortPackages(packages))}`,
  ];
  return `{\n  ${fields.join(',\n  ')}\n}\n`;
}

/** Differences between what a lock was made for and what is asked for now, as short clauses. */
export function compareRequested(
  lock: RootLock,
  { suite, packages: requested }: { readonly suite: string; readonly packages: readonly string[] },
): string[] {
  const moved = lock.suite === suite ? [] : [`Debian's ${suite} is asked for since`];
  const added = requested.filter((name) => !lock.requested.includes(name));
  const dropped = lock.requested.filter((name) => !requested.includes(name));
  return [
    ...moved,
    ...added.map((name) => `${name} is asked for since`),
    ...dropped.map((name) => `${name} is not asked for any more`),
  ];
}

export function sortPackages(packages: readonly RootPackage[]): RootPackage[] {
  const identity = (one: RootPackage) => `${one.name}:${one.arch}`;
  return packages
    .map(({ name, version, arch, sha256 }) => ({ name, version, arch, sha256 }))
    .sort((left, right) => (identity(left) < identity(right) ? -1 : 1));
}

/** Differences between what was locked and what the mirror gave, as short clauses. Empty when there are none. */
export function compareWithLock(lock: RootLock, actual: readonly RootPackage[]): string[] {
  const taken = new Map(actual.map((one) => [`${one.name}:${one.arch}`, one]));
  const differences: string[] = [];
  for (const locked of lock.packages) {
    const found = taken.get(`${locked.name}:${locked.arch}`);
    taken.delete(`${locked.name}:${locked.arch}`);
    if (found === undefined) {
      differences.push(`${locked.name} ${locked.version} is not in it any more`);
    } else if (found.version !== locked.version) {
      differences.push(`mirror no longer has ${locked.name} ${locked.version}, took ${found.version}`);
    } else if (found.sha256 !== locked.sha256) {
      differences.push(`${locked.name} ${locked.version} has other bytes on this mirror`);
    }
  }
  for (const added of taken.values()) differences.push(`${added.name} ${added.version} is new in it`);
  return differences;
}
