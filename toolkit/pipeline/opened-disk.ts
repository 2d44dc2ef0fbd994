import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PARTITION_TYPES, type Partition } from '../domain/disk.ts';
import { retold, ToolkitError, usageError } from '../domain/errors.ts';
import { type FstabEntry, namedBy, parseFstab } from '../domain/fstab.ts';
import { latin1Bytes, latin1Text } from '../domain/image-bytes.ts';
import type { MountIdentifier, VerifiedFileSystem } from '../domain/image-config/disk.ts';
import { luksDevices } from '../domain/image-encryption.ts';
import { USR } from '../domain/image-mounts.ts';
import { isVerityHash, type VerityRole } from '../domain/image-partitions.ts';
import { OWN_INITRAMFS } from '../domain/image-rootfs.ts';
import { OVERLAY_PROGRAM, usrSource } from '../domain/image-verity.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import type { RpmPackage } from '../domain/package.ts';
import { readFatTree } from '../formats/fat-tree.ts';
import { readDatabasePackage } from '../formats/rpm/index.ts';
import type { ByteSource } from '../formats/source.ts';
import { CLOSED, type FileTree, readVolume, type VolumeContent, volumeNames } from '../formats/volumes.ts';
import { PRESET } from '../stages/repo-to-rootfs/index.ts';
import { type DiskBoot, readBoot } from './disk-boot.ts';
import { type DiskTable, readTable } from './disk-table.ts';
import { type BaseVerity, readUsrVerity, readVerity } from './disk-verity.ts';

const SECTOR = 512;
const FOOTER = 512;
const VHD_TYPE = 60;
const VHD_FIXED = 2;
const DATABASE = 'usr/lib/sysimage/rpm/rpmdb.sqlite';
const LOST_AND_FOUND = 'lost+found';

/** A disk of ours that was opened. */
export interface OpenedDisk extends DiskBoot, DiskTable {
  /** Each partition, in the order of the table. */
  readonly volumes: readonly OpenedVolume[];
  /** Of all that is mounted, without what only the file systems want. */
  readonly entries: readonly ManifestEntry[];
  /** Content of a file among the entries. */
  content(entry: ManifestEntry): AsyncIterable<Uint8Array>;
  /** Text of /etc/fstab. */
  readonly fstab: string | undefined;
  /** How its root is opened, where that is of dm-verity. */
  readonly verity: BaseVerity | 'unknown' | undefined;
  readonly usrVerity: BaseVerity<VerifiedFileSystem> | 'unknown' | undefined;
  /** Text of /etc/selinux/config. */
  readonly selinuxConfig: string | undefined;
  /** Text of the presets that a configuration wrote. */
  readonly preset: string | undefined;
}

/** A partition with what is in it. */
export interface OpenedVolume {
  readonly partition: Partition;
  readonly content: VolumeContent;
  /** Where fstab mounts it. */
  readonly mount: string | undefined;
  readonly mountOptions: string | undefined;
  readonly mountBy: MountIdentifier | undefined;
  /** What the tree has of it; undefined where it is not mounted, or only programs that start the disk are in it. */
  readonly tree: VolumeFiles | undefined;
}

interface VolumeFiles {
  readonly entries: readonly ManifestEntry[];
  readonly content: (entry: ManifestEntry) => AsyncIterable<Uint8Array>;
}

/**
 * Reads a disk of ours out of a raw file, or a fixed VHD: its table, what its partitions hold, and how it starts; an
 * encrypted root by its passphrase. Throws `IMAGE_NO_ROOT`, `IMAGE_ENCRYPTION`, `LUKS_PASSPHRASE`, and what the formats throw for a disk that is not ours or is damaged.
 */
export async function readDisk(
  read: ByteSource,
  fileSize: number,
  passphrase?: Uint8Array,
): Promise<OpenedDisk> {
  const footer = Buffer.from(await read(Math.max(fileSize - FOOTER, 0), FOOTER));
  const isVhd = footer.toString('latin1', 0, 8) === 'conectix';
  if (isVhd && footer.readUInt32BE(VHD_TYPE) !== VHD_FIXED) {
    throw usageError('IMAGE_FORMAT', 'a dynamic VHD is not read', {
      hint: 'Convert it first: qemu-img convert -O raw IMAGE.vhd IMAGE.raw',
    });
  }
  const { layout, mbr } = await readTable(read, isVhd ? fileSize - FOOTER : fileSize);
  const found: { readonly partition: Partition; readonly content: VolumeContent }[] = [];
  for (const partition of layout.partitions) {
    found.push({ partition, content: await readPartition(read, partition, passphrase) });
  }
  const place = await findRoot(found);
  if (place?.content.kind !== 'tree') {
    if (found.some(({ content }) => content.kind === 'other' && content.what === CLOSED)) throw closed();
    const other = place?.content.kind === 'other' ? place.content : undefined;
    const what = other === undefined ? '' : `: it is ${other.what}`;
    throw usageError('IMAGE_NO_ROOT', `none of its partitions is a root file system of ours${what}`, {
      hint:
        other?.hint ??
        'Name a disk that distrokit made, with a root of ext2 to ext4, xfs, btrfs, erofs or squashfs.',
    });
  }
  const root = place.content.files;
  const fstab = await readText(root, 'etc/fstab');
  const esp = found.find(({ partition }) => partition.type === PARTITION_TYPES.esp);
  const espFiles = esp?.content.kind === 'fat' ? esp.content.files : undefined;
  const boot = await readBoot(espFiles, await read(0, SECTOR));
  const { commandLine = '' } = boot;
  // Of a verified /usr, and of what is encrypted, fstab has the device that an initramfs makes of the partition.
  const source = usrSource(commandLine);
  const opened = luksDevices(commandLine);
  const mounts = parseFstab(fstab ?? '').map((entry) => {
    if (entry.mount === USR && source !== undefined) return { ...entry, source };
    const uuid = opened.get(entry.source);
    const holder =
      uuid === undefined ? undefined : found.find(({ content }) => containerUuid(content) === uuid);
    return holder === undefined ? entry : { ...entry, source: `PARTUUID=${holder.partition.uuid}` };
  });
  const volumes: OpenedVolume[] = [];
  for (const one of found) {
    volumes.push(
      one === place
        ? { ...one, ...mountOf(one, mounts), mount: '/', tree: root }
        : await mountedVolume(one, mounts),
    );
  }
  const superblockOf = (role: VerityRole) => {
    const hashes = found.find(({ partition }) => isVerityHash(partition, role))?.content;
    return hashes?.kind === 'hashes' ? hashes.superblock : undefined;
  };
  const tree = mergeTrees(volumes);
  return {
    ...boot,
    verity: readVerity(commandLine, await readText(tree, OVERLAY_PROGRAM.slice(1)), superblockOf('root')),
    usrVerity: readUsrVerity(commandLine, superblockOf('usr')),
    ...{ layout, mbr, volumes, fstab, selinuxConfig: await readText(root, 'etc/selinux/config') },
    preset: await readText(root, PRESET.slice(1)),
    ...tree,
  };
}

/** What is damaged is told with the partition that it is in. */
async function readPartition(
  read: ByteSource,
  partition: Partition,
  passphrase: Uint8Array | undefined,
): Promise<VolumeContent> {
  try {
    return await readVolume(read, partition, passphrase);
  } catch (error) {
    if (!(error instanceof ToolkitError) || partition.name === '') throw error;
    throw retold(error, { message: `partition '${partition.name}': ${error.message}` });
  }
}

function containerUuid(content: VolumeContent): string | undefined {
  return content.kind === 'tree' ? content.container?.uuid : undefined;
}

function closed(): Error {
  return usageError('IMAGE_ENCRYPTION', 'the root of the image is encrypted', {
    hint: 'To change it, let disk.encryption.passphraseFile name a file with its passphrase.',
  });
}

/** By its type; else what mounts itself there. */
async function findRoot(found: readonly FoundVolume[]): Promise<FoundVolume | undefined> {
  const typed = found.find(({ partition }) => partition.type === PARTITION_TYPES.rootX8664);
  if (typed !== undefined) return typed;
  for (const one of found) {
    if (one.content.kind !== 'tree') continue;
    const mounts = parseFstab((await readText(one.content.files, 'etc/fstab')) ?? '');
    if (mountOf(one, mounts).mount === '/') return one;
  }
  return undefined;
}

type FoundVolume = Pick<OpenedVolume, 'partition' | 'content'>;

function mountOf(
  { partition, content }: FoundVolume,
  mounts: readonly FstabEntry[],
): Pick<OpenedVolume, 'mount' | 'mountOptions' | 'mountBy'> {
  const names = volumeNames(partition, content);
  const found = mounts.find((entry) => namedBy(entry, names) !== undefined);
  if (found === undefined) return { mount: undefined, mountOptions: undefined, mountBy: undefined };
  return {
    mount: found.mount === 'none' || found.mount === 'swap' ? undefined : found.mount,
    mountOptions: found.options,
    mountBy: namedBy(found, names),
  };
}

async function mountedVolume(one: FoundVolume, mounts: readonly FstabEntry[]): Promise<OpenedVolume> {
  const mounted = { ...one, ...mountOf(one, mounts) };
  if (one.content.kind === 'tree') {
    return { ...mounted, tree: mounted.mount === undefined ? undefined : one.content.files };
  }
  if (one.content.kind !== 'fat') return { ...mounted, tree: undefined };
  const isEsp = one.partition.type === PARTITION_TYPES.esp;
  const tree = await readFatTree(one.content.files, isEsp);
  const isLeftOut = isEsp && tree.entries.length === 0;
  return { ...mounted, tree: isLeftOut ? undefined : tree };
}

/** What is mounted takes the place of the folder that it is mounted at. What starts the disk is made anew. */
function mergeTrees(volumes: readonly OpenedVolume[]): Pick<OpenedDisk, 'entries' | 'content'> {
  const mounted = volumes
    .filter(({ mount, tree }) => mount !== undefined && tree !== undefined)
    .sort((a, b) => a.mount!.length - b.mount!.length);
  const merged = new Map<string, ManifestEntry>();
  const sources = new Map<ManifestEntry, () => AsyncIterable<Uint8Array>>();
  for (const { mount, tree, content } of mounted) {
    const isExt = content.kind === 'tree' && content.files.kind.startsWith('ext');
    const top = mount!.slice(1);
    const below = (path: Uint8Array): string => {
      const text = latin1Text(path);
      return top === '' ? text : text === '' ? top : `${top}/${text}`;
    };
    if (top !== '') {
      for (const path of [...merged.keys()]) if (path.startsWith(`${top}/`)) merged.delete(path);
    }
    for (const entry of tree!.entries) {
      if (isExt && latin1Text(entry.path) === LOST_AND_FOUND) continue;
      const path = below(entry.path);
      if (`/${path}` === OWN_INITRAMFS) continue;
      const target = entry.type === 'hardlink' ? { target: latin1Bytes(below(entry.target!)) } : {};
      const moved = { ...entry, path: latin1Bytes(path), ...target };
      merged.set(path, moved);
      sources.set(moved, () => tree!.content(entry));
    }
  }
  return {
    entries: [...merged.values()].sort((a, b) => Buffer.compare(a.path, b.path)),
    content: (entry) => sources.get(entry)!(),
  };
}

async function readText(
  root: Pick<FileTree, 'entries' | 'content'>,
  wanted: string,
): Promise<string | undefined> {
  const entry = root.entries.find(({ path, type }) => type === 'file' && latin1Text(path) === wanted);
  if (entry === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of root.content(entry)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** A package that is installed, and its header as the database has it. */
export interface InstalledRpm {
  readonly header: RpmPackage;
  readonly blob: Uint8Array;
}

/** What the rpm database of a disk says is installed; undefined where it has none. Throws `RPM_INVALID`. */
export async function readInstalled({ entries, content }: OpenedDisk): Promise<InstalledRpm[] | undefined> {
  const entry = entries.find(({ path, type }) => type === 'file' && latin1Text(path) === DATABASE);
  if (entry === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'distrokit-rpmdb-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    await writeFile(path, content(entry));
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
