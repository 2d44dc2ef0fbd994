import { readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hostError, usageError } from '../domain/errors.ts';
import { makeFolder, writeFileAtomically } from './files.ts';
import { hostErrorFromIo } from './io-errors.ts';
import { mountOf, parseMountInfo } from './sandbox/mountinfo.ts';
import { otherSessions } from './session.ts';

/** overlayfs takes none of these for its writable layer, or they forget owners. */
const UNFIT =
  /^(overlay|overlayfs|nfs\d?|cifs|smb3?|9p|virtiofs|vfat|exfat|ntfs3?|fuse\..*|fuseblk|ecryptfs)$/;

/** Says to programs that make backups that this is a cache, and to us that it is ours. Source: bford.info/cachedir. */
const TAG = 'CACHEDIR.TAG';
const TAG_TEXT = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of distrokit; \`distrokit clean --cache\` empties it.
`;
/** All that runs make in a cache folder. */
const OURS =
  /^(?:actions|builds|debian-sources|downloads|locks|objects|package-servers|partial|roots|tmp|used|(?:digests|durations\.json)(?:\.[0-9a-f]+\.tmp)?)$/;

/** Makes the cache folder, if need be, and marks it as ours; its canonical path. Throws `CACHE_UNFIT` where build roots could not lie on its file system. */
export async function checkCacheFolder(cacheDir: string): Promise<string> {
  await makeFolder(cacheDir);
  const path = await realpath(cacheDir);
  const mount = mountOf(parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8')), path);
  if (mount === undefined || !UNFIT.test(mount.type)) {
    await markAsOurs(path);
    return path;
  }
  throw hostError(
    'CACHE_UNFIT',
    `The cache folder ${path} lies on ${mount.type}, which build roots cannot use`,
    {
      hint: 'Set DISTROKIT_CACHE to a folder on a local disk (ext4, xfs, btrfs, tmpfs).',
    },
  );
}

/** A folder that holds other things too is never marked: nobody may lose them by `clean --cache`. */
async function markAsOurs(path: string): Promise<void> {
  const names = (await readdir(path)).filter((name) => name !== 'lost+found');
  if (names.includes(TAG)) return;
  // Caches are copied without their mark, too.
  const isCache = names.length === 0 || (names.includes('objects') && names.every((name) => OURS.test(name)));
  if (isCache) await writeFileAtomically(join(path, TAG), TAG_TEXT);
}

/** Throws `CACHE_NOT_OURS` or `CACHE_IN_USE` where `removeCache` must not empty a folder. */
export async function assertRemovable(cacheDir: string): Promise<void> {
  const tag = await readFile(join(cacheDir, TAG), 'utf8').catch(() => '');
  if (!tag.includes('distrokit')) {
    throw usageError(
      'CACHE_NOT_OURS',
      `${cacheDir} has no ${TAG} of distrokit, so other things may be in it`,
      {
        hint: 'Look at what is in it and remove it yourself, or name the right folder with DISTROKIT_CACHE.',
      },
    );
  }
  const [session] = await otherSessions(cacheDir);
  if (session === undefined) return;
  throw usageError('CACHE_IN_USE', `Another run uses the cache (${session})`, {
    hint: 'Wait until it has ended. If none runs, here or in a container that shares the cache, remove that folder.',
  });
}

/**
 * Empties a cache folder of what runs make, once nothing of it is open: the roots in it must have been
 * cleaned. Returns what else is in it, sorted. Throws as `assertRemovable`.
 */
export async function removeCache(cacheDir: string, signal: AbortSignal): Promise<string[]> {
  await assertRemovable(cacheDir);
  const names = await readdir(cacheDir);
  for (const name of names.filter((one) => OURS.test(one))) {
    signal.throwIfAborted();
    const path = join(cacheDir, name);
    await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      throw hostErrorFromIo(error, path);
    });
  }
  const left = names.filter((name) => name !== TAG && !OURS.test(name)).sort();
  // What is left is not ours, and what comes next must be told from it.
  if (left.length === 0) await rm(join(cacheDir, TAG), { force: true });
  return left;
}
