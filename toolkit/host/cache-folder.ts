import { readFile, realpath } from 'node:fs/promises';
import { hostError } from '../domain/errors.ts';
import { makeFolder } from './files.ts';
import { mountOf, parseMountInfo } from './sandbox/mountinfo.ts';

/** overlayfs takes none of these for its writable layer, or they forget owners. */
const UNFIT =
  /^(overlay|overlayfs|nfs\d?|cifs|smb3?|9p|virtiofs|vfat|exfat|ntfs3?|fuse\..*|fuseblk|ecryptfs)$/;

/** Makes the cache folder, if need be; its canonical path. Throws `CACHE_UNFIT` where build roots could not lie on its file system. */
export async function checkCacheFolder(cacheDir: string): Promise<string> {
  await makeFolder(cacheDir);
  const path = await realpath(cacheDir);
  const mount = mountOf(parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8')), path);
  if (mount === undefined || !UNFIT.test(mount.type)) return path;
  throw hostError(
    'CACHE_UNFIT',
    `The cache folder ${path} lies on ${mount.type}, which build roots cannot use`,
    {
      hint: 'Set DISTROKIT_CACHE to a folder on a local disk (ext4, xfs, btrfs, tmpfs).',
    },
  );
}
