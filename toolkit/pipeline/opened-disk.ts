import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type DiskLayout, PARTITION_TYPES, type Partition } from '../domain/disk.ts';
import { usageError } from '../domain/errors.ts';
import { latin1Text } from '../domain/image-bytes.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import type { RpmPackage } from '../domain/package.ts';
import { type Ext4Content, readExt4 } from '../formats/ext4/index.ts';
import { openFat } from '../formats/fat/index.ts';
import { readGpt } from '../formats/gpt/index.ts';
import { readSection } from '../formats/pe/index.ts';
import { readDatabasePackage } from '../formats/rpm/index.ts';
import type { ByteSource } from '../formats/source.ts';

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

/** A package that is installed, and its header as the database has it. */
export interface InstalledRpm {
  readonly header: RpmPackage;
  readonly blob: Uint8Array;
}

/** What the rpm database of a disk says is installed; undefined where it has none. Throws `RPM_INVALID`. */
export async function readInstalled({ root, entries }: OpenedDisk): Promise<InstalledRpm[] | undefined> {
  const entry = entries.find(({ path, type }) => type === 'file' && latin1Text(path) === DATABASE);
  if (entry === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'distrokit-rpmdb-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    await writeFile(path, root.content(entry));
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database
        .prepare('SELECT blob FROM Packages')
        .all()
        .map(({ blob }) => {
          if (!(blob instanceof Uint8Array)) throw new Error('a package of the rpm database has no header');
          return { header: readDatabasePackage(blob), blob };
        });
    } finally {
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
