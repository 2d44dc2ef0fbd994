import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import { makeFolder } from '../files.ts';
import { hasCode, hostErrorFromIo } from '../io-errors.ts';
import type { StoreLayout } from './layout.ts';

const BUFFER_SIZE = 4 << 20;

/**
 * Hashes a file and moves it to the place that its digest names. Undefined where that cannot be: it is not ours
 * and cannot be made so, it has another name, or the store is on another file system.
 */
export async function takeFile(
  layout: StoreLayout,
  path: string,
  signal: AbortSignal,
): Promise<FileDigest | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    if (!(await makeOurs(file))) return undefined;
    // The disk writes while we hash.
    const syncing = file.sync();
    syncing.catch(() => undefined);
    const digest = await hash(file, signal);
    await syncing;
    const object = layout.object(digest.sha256);
    await makeFolder(dirname(object));
    await rename(path, object);
    return digest;
  } catch (error) {
    if (hasCode(error, 'EXDEV')) return undefined;
    throw hostErrorFromIo(error, layout.tmp);
  }
}

/** A file of the store is ours, has no other name, and nobody writes it. */
async function makeOurs(file: FileHandle): Promise<boolean> {
  const { uid, nlink } = await file.stat();
  const [ownUid, ownGid] = [process.getuid?.() ?? uid, process.getgid?.() ?? 0];
  if (nlink !== 1 || (uid !== ownUid && ownUid !== 0)) return false;
  if (ownUid === 0) await file.chown(ownUid, ownGid);
  await file.chmod(0o444);
  return true;
}

/** One buffer is hashed while the other is read. */
async function hash(file: FileHandle, signal: AbortSignal): Promise<FileDigest> {
  const sum = createHash('sha256');
  let buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  let other = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  let size = 0;
  let reading = file.read(buffer, 0, BUFFER_SIZE, 0);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await reading;
    if (bytesRead === 0) return { sha256: sum.digest('hex'), size };
    const bytes = buffer.subarray(0, bytesRead);
    size += bytesRead;
    [buffer, other] = [other, buffer];
    reading = file.read(buffer, 0, BUFFER_SIZE, size);
    reading.catch(() => {});
    sum.update(bytes);
  }
}
