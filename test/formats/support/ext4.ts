import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import {
  type Ext4Content,
  type Ext4Options,
  type Ext4Plan,
  planExt4,
  type ReadContent,
  readExt4,
  writeExt4,
} from '../../../toolkit/formats/ext4/index.ts';
import { contentOf } from './manifest.ts';
import { writeImage } from './write-image.ts';

export const MIB = 1024 ** 2;
export const OPTIONS: Ext4Options = {
  size: 64 * MIB,
  inodes: 1000,
  journalMib: 8,
  uuid: '11111111-2222-3333-4444-555555555555',
  hashSeed: '01234567-89ab-cdef-0123-456789abcdef',
  label: 'root',
  epoch: 1_700_000_000,
  reservedPercent: 1,
};

/** Reads what `entry` was made with. */
export const readEntry: ReadContent = async (entry, from, target) => {
  for await (const bytes of contentOf(entry)) target.set(bytes.subarray(from, from + target.length));
};

/** Writes a file system as a sparse file. */
export async function writeFileSystem(
  path: string,
  entries: readonly ManifestEntry[],
  options: Partial<Ext4Options> = {},
  read = readEntry,
): Promise<Ext4Plan> {
  const plan = planExt4(entries, { ...OPTIONS, ...options });
  await writeImage(path, writeExt4(plan, read), plan.size);
  return plan;
}

/** Reads a file system out of a file, from byte `start` on; `change` is given what is read. */
export async function readFileSystem(
  path: string,
  start = 0,
  change: (offset: number, bytes: Buffer) => void = () => undefined,
): Promise<Ext4Content> {
  return await readExt4(async (offset, length) => {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(length);
    const count = readSync(file, bytes, 0, length, offset);
    closeSync(file);
    change(offset, bytes);
    return bytes.subarray(0, count);
  }, start);
}

/** Digest of all writes; stands for the bytes. */
export async function writesDigest(
  entries: readonly ManifestEntry[],
  options: Partial<Ext4Options> = {},
): Promise<string> {
  const plan = planExt4(entries, { ...OPTIONS, ...options });
  const hash = createHash('sha256').update(`size ${plan.size}\n`);
  for await (const { offset, bytes } of writeExt4(plan, readEntry)) {
    hash.update(`${offset} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/** What a reader of file systems cannot know of an entry: the digest of its content. */
function undigested({ sha256: _, ...rest }: ManifestEntry): ManifestEntry {
  return { ...rest, xattrs: rest.xattrs.map(({ name, value }) => ({ name, value: Buffer.from(value) })) };
}

/** Entries as a test compares them, sorted, without what a file system always has. */
export function comparable(entries: readonly ManifestEntry[]): unknown[] {
  return entries
    .filter(({ path }) => latin1Text(path) !== 'lost+found')
    .map(undigested)
    .map(({ path, target, ...rest }) => ({
      ...rest,
      path: latin1Text(path),
      target: target === undefined ? undefined : latin1Text(target),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
