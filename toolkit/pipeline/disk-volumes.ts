import { PARTITION_TYPES, type Partition } from '../domain/disk.ts';
import { ToolkitError } from '../domain/errors.ts';
import type { PartitionNames } from '../domain/fstab.ts';
import { type Ext4Content, readExt4 } from '../formats/ext4/index.ts';
import { type FatContent, openFat } from '../formats/fat/index.ts';
import type { ByteSource } from '../formats/source.ts';
import { readSwap } from '../formats/swap/index.ts';

/** What is in a partition. */
export type VolumeContent =
  | { readonly kind: 'ext4'; readonly files: Ext4Content }
  | { readonly kind: 'fat'; readonly files: FatContent }
  | { readonly kind: 'swap'; readonly uuid: string; readonly label: string }
  /** The hash tree of a dm-verity root. */
  | { readonly kind: 'hashes' }
  /** GRUB's core image. */
  | { readonly kind: 'boot program' }
  | { readonly kind: 'nothing' }
  /** `what` in words. */
  | { readonly kind: 'other'; readonly what: string };

const SECTOR = 512;
const CHUNK = 4 * 1024 ** 2;
const HEAD = 0x10048;
const EXT_MAGIC = 0xef53;
/** What others begin with, and where. */
const OTHERS: readonly (readonly [what: string, offset: number, magic: string])[] = [
  ['LUKS', 0, 'LUKS\xba\xbe'],
  ['xfs', 0, 'XFSB'],
  ['btrfs', 0x10040, '_BHRfS_M'],
  ['erofs', 1024, '\xe2\xe1\xf5\xe0'],
  ['squashfs', 0, 'hsqs'],
];

/** Finds out what a partition holds, and opens what can be read. Throws what the formats throw for what is damaged. */
export async function readVolume(read: ByteSource, partition: Partition): Promise<VolumeContent> {
  if (partition.type === PARTITION_TYPES.biosBoot) return { kind: 'boot program' };
  const start = partition.startLba * SECTOR;
  const size = (partition.endLba + 1) * SECTOR - start;
  const head = Buffer.from(await read(start, Math.min(HEAD, size)));
  const has = (offset: number, magic: string): boolean =>
    head.toString('latin1', offset, offset + magic.length) === magic;
  if (head.readUInt16LE(1080) === EXT_MAGIC) return await readExt(read, start);
  const isFat = has(82, 'FAT32   ') || has(54, 'FAT16   ') || has(54, 'FAT12   ');
  if (isFat) return { kind: 'fat', files: await openFat(read, start) };
  const swap = await readSwap(read, start);
  if (swap !== undefined) return { kind: 'swap', ...swap };
  if (has(0, 'verity\0\0')) return { kind: 'hashes' };
  const other = OTHERS.find(([, offset, magic]) => has(offset, magic));
  if (other !== undefined) return { kind: 'other', what: other[0] };
  if (await isZeros(read, start, size)) return { kind: 'nothing' };
  return { kind: 'other', what: 'something unknown' };
}

async function readExt(read: ByteSource, start: number): Promise<VolumeContent> {
  try {
    return { kind: 'ext4', files: await readExt4(read, start) };
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'EXT4_UNSUPPORTED') {
      return { kind: 'other', what: error.message.replace(/\.$/, '') };
    }
    throw error;
  }
}

/** UUID of a file system or swap as fstab has it. */
export function volumeNames({ uuid, name }: Partition, content: VolumeContent): PartitionNames {
  const partition = { partuuid: uuid, partlabel: name };
  switch (content.kind) {
    case 'ext4':
      return { ...partition, uuid: content.files.uuid, label: content.files.label };
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
