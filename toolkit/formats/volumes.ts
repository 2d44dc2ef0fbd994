import { PARTITION_TYPES, type Partition } from '../domain/disk.ts';
import { ToolkitError } from '../domain/errors.ts';
import type { PartitionNames } from '../domain/fstab.ts';
import type { DiskEncryption, FileSystem } from '../domain/image-config/disk.ts';
import type { VeritySuperblock } from '../domain/image-verity.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import { VERITY_BLOCK } from '../domain/verity.ts';
import { readBtrfs } from './btrfs/index.ts';
import { readErofs } from './erofs/index.ts';
import { readExt4 } from './ext4/index.ts';
import { type FatContent, openFat } from './fat/index.ts';
import { isLuks, openLuks } from './luks/index.ts';
import type { ByteSource } from './source.ts';
import { readSquashfs } from './squashfs/index.ts';
import { readSwap } from './swap/index.ts';
import { parseVeritySuperblock } from './verity/index.ts';
import { readXfs } from './xfs/index.ts';

/** A file system that keeps all that the manifest has of a file. */
export interface FileTree {
  readonly kind: FileSystem;
  /** Undefined: such file systems have none. */
  readonly uuid: string | undefined;
  readonly label: string;
  /** UUID that the hashes of names begin with, where there are such. */
  readonly hashSeed?: string;
  /** What else in it has a UUID, by the role that it has before the partition's id. */
  readonly otherUuids?: Readonly<Record<string, string>>;
  /** Everything in it, sorted by path; files without their digests. */
  readonly entries: readonly ManifestEntry[];
  /** Content of one of its files, holes as zeros. */
  content(entry: ManifestEntry): AsyncIterable<Uint8Array>;
}

/** The LUKS container that a file system lies in. */
export interface VolumeContainer {
  readonly type: DiskEncryption['type'];
  readonly uuid: string;
}

/** What is in a partition. */
export type VolumeContent =
  | { readonly kind: 'tree'; readonly files: FileTree; readonly container?: VolumeContainer }
  | { readonly kind: 'fat'; readonly files: FatContent }
  | { readonly kind: 'swap'; readonly uuid: string; readonly label: string }
  /** The hash tree of a dm-verity root. */
  | { readonly kind: 'hashes'; readonly superblock: VeritySuperblock | undefined }
  /** GRUB's core image. */
  | { readonly kind: 'boot program' }
  | { readonly kind: 'nothing' }
  /** `what` in words, `hint` what can be done about it. */
  | { readonly kind: 'other'; readonly what: string; readonly hint?: string | undefined };

const SECTOR = 512;
const CHUNK = 4 * 1024 ** 2;
const HEAD = 0x10048;

/** How a file system that keeps all is known and opened, and what its reader says of what it does not know. */
interface TreeReader {
  readonly at: number;
  readonly magic: string;
  readonly unsupported: string;
  readonly open: (read: ByteSource, start: number) => Promise<FileTree>;
}

const TREES: readonly TreeReader[] = [
  { at: 1080, magic: '\x53\xef', unsupported: 'EXT4_UNSUPPORTED', open: readExt4 },
  { at: 1024, magic: '\xe2\xe1\xf5\xe0', unsupported: 'EROFS_UNSUPPORTED', open: readErofs },
  { at: 0, magic: 'hsqs', unsupported: 'SQUASHFS_UNSUPPORTED', open: readSquashfs },
  { at: 0, magic: 'XFSB', unsupported: 'XFS_UNSUPPORTED', open: readXfs },
  { at: 0x10040, magic: '_BHRfS_M', unsupported: 'BTRFS_UNSUPPORTED', open: readBtrfs },
];

/** What is said of a container that nothing opens. */
export const CLOSED = 'LUKS';

/**
 * Finds out what a partition holds, and opens what can be read; a LUKS container by the passphrase. Throws what the formats
 * throw for what is damaged, and `LUKS_PASSPHRASE`.
 */
export async function readVolume(
  read: ByteSource,
  partition: Partition,
  passphrase?: Uint8Array,
): Promise<VolumeContent> {
  if (partition.type === PARTITION_TYPES.biosBoot) return { kind: 'boot program' };
  const start = partition.startLba * SECTOR;
  const size = (partition.endLba + 1) * SECTOR - start;
  if (isLuks(await read(start, SECTOR))) return await readContainer(read, { start, size }, passphrase);
  return await readArea(read, { start, size });
}

interface Area {
  readonly start: number;
  readonly size: number;
}

async function readContainer(
  read: ByteSource,
  { start, size }: Area,
  passphrase: Uint8Array | undefined,
): Promise<VolumeContent> {
  if (passphrase === undefined) return { kind: 'other', what: CLOSED };
  const opened = await openLuks(read, start, size, passphrase);
  const inside = await readArea(opened.read, { start: 0, size: opened.size });
  const { type, uuid } = opened;
  if (inside.kind === 'tree') return { ...inside, container: { type, uuid } };
  return {
    kind: 'other',
    what: inside.kind === 'other' ? `${inside.what} in LUKS` : `${inside.kind} in LUKS`,
  };
}

/** The same of a partition that is no container, where its bytes lie. */
export async function readArea(read: ByteSource, { start, size }: Area): Promise<VolumeContent> {
  const head = Buffer.from(await read(start, Math.min(HEAD, size)));
  const has = (offset: number, magic: string): boolean =>
    head.toString('latin1', offset, offset + magic.length) === magic;
  const tree = TREES.find(({ at, magic }) => has(at, magic));
  if (tree !== undefined) return await readTree(async () => await tree.open(read, start), tree.unsupported);
  const isFat = has(82, 'FAT32   ') || has(54, 'FAT16   ') || has(54, 'FAT12   ');
  if (isFat) return { kind: 'fat', files: await openFat(read, start) };
  const swap = await readSwap(read, start);
  if (swap !== undefined) return { kind: 'swap', ...swap };
  if (has(0, 'verity\0\0')) {
    return { kind: 'hashes', superblock: parseVeritySuperblock(head.subarray(0, VERITY_BLOCK)) };
  }
  if (await isZeros(read, start, size)) return { kind: 'nothing' };
  return { kind: 'other', what: 'something unknown' };
}

/** What its reader does not know, by the code that it says so with, is left to who wants to know it. */
async function readTree(read: () => Promise<FileTree>, unsupported: string): Promise<VolumeContent> {
  try {
    return { kind: 'tree', files: await read() };
  } catch (error) {
    if (error instanceof ToolkitError && error.code === unsupported) {
      return { kind: 'other', what: error.message.replace(/\.$/, ''), hint: error.hint };
    }
    throw error;
  }
}

/** UUID of a file system or swap as fstab has it. */
export function volumeNames({ uuid, name }: Partition, content: VolumeContent): PartitionNames {
  const partition = { partuuid: uuid, partlabel: name };
  switch (content.kind) {
    case 'tree': {
      const { uuid, label } = content.files;
      return { ...partition, ...(uuid === undefined ? {} : { uuid }), label };
    }
    case 'fat': {
      const { serial, label } = content.files;
      return { ...partition, uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`, label };
    }
    case 'swap':
      return { ...partition, uuid: content.uuid, label: content.label };
    default:
      return partition;
  }
}

async function isZeros(read: ByteSource, start: number, size: number): Promise<boolean> {
  const zeros = Buffer.alloc(CHUNK);
  for (let at = 0; at < size; at += CHUNK) {
    const bytes = await read(start + at, Math.min(CHUNK, size - at));
    if (Buffer.compare(bytes, zeros.subarray(0, bytes.length)) !== 0) return false;
  }
  return true;
}
