import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type ImagePlaces, isBareDisk, manifestFacts, readImageFacts } from '../config/image-folder.ts';
import { type DiskLayout, PARTITION_TYPES, type Partition } from '../domain/disk.ts';
import { usageError } from '../domain/errors.ts';
import { latin1Text } from '../domain/image-bytes.ts';
import type { FileFacts, ImageFacts, InstalledPackage } from '../domain/image-difference.ts';
import { manifestLine } from '../domain/image-manifest.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import { formatNevra } from '../domain/spec.ts';
import { type Ext4Content, readExt4 } from '../formats/ext4/index.ts';
import { openFat } from '../formats/fat/index.ts';
import { readGpt } from '../formats/gpt/index.ts';
import { readSection } from '../formats/pe/index.ts';
import { parseDatabaseHeader, TAG } from '../formats/rpm/index.ts';
import type { ByteSource } from '../formats/source.ts';
import { openBytes } from './open-bytes.ts';

const SECTOR = 512;
const FOOTER = 512;
const VHD_TYPE = 60;
const VHD_FIXED = 2;
const UKI = 'EFI/BOOT/BOOTX64.EFI';
const DATABASE = 'usr/lib/sysimage/rpm/rpmdb.sqlite';
const LOST_AND_FOUND = 'lost+found';

/** A disk of ours that was opened. */
export interface OpenedDisk {
  readonly layout: DiskLayout;
  readonly root: Ext4Content;
  /** Of the root file system, without what only the file system wants. */
  readonly entries: readonly ManifestEntry[];
  /** Of the unified kernel image; undefined where the disk has none. */
  readonly commandLine: string | undefined;
}

/**
 * Reads a disk of ours out of a raw file, or a fixed VHD: GPT, root file system, and how it starts. Throws
 * `IMAGE_NO_ROOT`, and what the formats throw for a disk that is not ours or is damaged.
 */
export async function readDisk(read: ByteSource, fileSize: number): Promise<OpenedDisk> {
  const footer = Buffer.from(await read(Math.max(fileSize - FOOTER, 0), FOOTER));
  const isVhd = footer.toString('latin1', 0, 8) === 'conectix';
  if (isVhd && footer.readUInt32BE(VHD_TYPE) !== VHD_FIXED) {
    throw usageError('IMAGE_FORMAT', 'a dynamic VHD is not read', {
      hint: 'Convert it first: qemu-img convert -O raw IMAGE.vhd IMAGE.raw',
    });
  }
  const layout = await readGpt(read, isVhd ? fileSize - FOOTER : fileSize, SECTOR);
  const place = layout.partitions.find(({ type }) => type === PARTITION_TYPES.rootX8664);
  if (place === undefined) {
    throw usageError('IMAGE_NO_ROOT', 'none of its partitions is a root file system of ours', {
      hint: 'Name a disk with an ext4 root that distrokit made.',
    });
  }
  const root = await readExt4(read, place.startLba * SECTOR);
  const isLostAndFound = ({ path }: ManifestEntry) => latin1Text(path) === LOST_AND_FOUND;
  const entries = root.entries.filter((entry) => !isLostAndFound(entry));
  return { layout, root, entries, commandLine: await readCommandLine(read, layout.partitions) };
}

async function readCommandLine(
  read: ByteSource,
  partitions: readonly Partition[],
): Promise<string | undefined> {
  const esp = partitions.find(({ type }) => type === PARTITION_TYPES.esp);
  const uki = esp === undefined ? undefined : await (await openFat(read, esp.startLba * SECTOR)).read(UKI);
  const section = uki === undefined ? undefined : readSection(uki, '.cmdline');
  return section?.toString().replace(/[\0\n]+$/, '');
}

/**
 * What is known of an image: by what lies beside it, or else of what is on its disk. Throws as `readImageFacts` and
 * `readDisk` do.
 */
export async function readFacts(path: string, places: ImagePlaces): Promise<ImageFacts> {
  return (await isBareDisk(path)) ? await readDiskFacts(path) : await readImageFacts(path, places);
}

/**
 * What a raw disk tells of itself, without anything beside it. Packages are those of the rpm database; where there
 * is none they are not known. Throws as `readDisk`.
 */
async function readDiskFacts(path: string): Promise<ImageFacts> {
  await using file = await openBytes(path);
  const { size } = await stat(path);
  const { root, entries, commandLine } = await readDisk(file.read, size);
  const files = new Map<string, FileFacts>();
  for (const entry of entries) {
    const digested =
      entry.type === 'file' ? { ...entry, sha256: await digestOf(root.content(entry)) } : entry;
    const { path: name, facts } = manifestFacts(manifestLine(digested));
    files.set(name, facts);
  }
  const whole = { name: extname(path).slice(1), size, sha256: await digestOf(createReadStream(path)) };
  return { packages: await readPackages(root, entries), files, commandLine, artifacts: [whole] };
}

async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

async function readPackages(
  root: Ext4Content,
  entries: readonly ManifestEntry[],
): Promise<InstalledPackage[] | undefined> {
  const entry = entries.find(({ path, type }) => type === 'file' && latin1Text(path) === DATABASE);
  if (entry === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'distrokit-diff-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    await writeFile(path, root.content(entry));
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const rows = database.prepare('SELECT blob FROM Packages').all();
      return rows.map(({ blob }) => ({ nevra: nevraOf(blob), sha256: undefined }));
    } finally {
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function nevraOf(blob: unknown): string {
  if (!(blob instanceof Uint8Array)) throw new Error('a package of the rpm database has no header');
  const header = parseDatabaseHeader(Buffer.from(blob));
  return formatNevra({
    ...{ name: header.string(TAG.name), version: header.string(TAG.version) },
    ...{ release: header.string(TAG.release), arch: header.string(TAG.arch) },
    epoch: header.integer(TAG.epoch) ?? 0,
  });
}
