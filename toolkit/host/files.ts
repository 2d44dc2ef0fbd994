import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, hostErrorFromIo } from './io-errors.ts';

/** Temp file in the same folder, fsync, rename. `mode` holds whatever the umask is. Throws `DISK_FULL`. */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await replaceFile(path, async (temporary) => {
    await mkdir(dirname(path), { recursive: true });
    await using file = await open(temporary, 'wx', mode);
    await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
  });
}

/** Lets `write` make a whole file beside a path, and gives it its name then. Throws `DISK_FULL`. */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw hostErrorFromIo(error, path);
  }
}

/** What a run that was killed may leave beside the files that it wrote. */
const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/;
const TEMPORARY_LIFE_MS = 86_400_000;

/** Removes temp files that nobody can be writing any more, a day after their last change, from a folder. */
export async function removeOldTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(folder, name);
    const changedAt = (await stat(path).catch(() => undefined))?.ctimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - changedAt > TEMPORARY_LIFE_MS) await rm(path, { force: true });
  }
}

/** Makes a folder (and those above it) that other ids may enter, whatever the umask is. */
export async function makeFolder(path: string, mode = 0o755): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode });
    if (first === undefined) return;
    for (let folder = path; folder.length >= first.length; folder = dirname(folder))
      await chmod(folder, mode);
  } catch (error) {
    throw hostErrorFromIo(error, path);
  }
}

export async function pathExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}
