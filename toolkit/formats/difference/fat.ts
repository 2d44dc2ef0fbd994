import type { ByteSource } from '../source.ts';

/** A place in a FAT file system. */
export interface FatPlace {
  /** `boot sector`, `FAT`, `root directory` or `data`. */
  readonly kind: string;
  /** Of the boot sector. */
  readonly field?: string;
  /** Of data: number of the cluster. */
  readonly cluster?: number;
}

const SECTOR_SIZES: readonly number[] = [512, 1024, 2048, 4096];
/** Beginnings of fields of FAT32: a byte is in the last that begins before it. */
const BOOT_SECTOR = [
  ...([[0, 'jump'] as const, [3, 'OEM name'] as const, [11, 'geometry'] as const] as const),
  ...([[28, 'hidden sectors'] as const, [32, 'geometry'] as const, [64, 'drive'] as const] as const),
  ...([[67, 'volume serial number'] as const, [71, 'volume label'] as const] as const),
  ...([[82, 'file system type'] as const, [90, 'boot code'] as const] as const),
] as const;

/**
 * What the byte at `offset` of a FAT file system belongs to. Undefined where there is no such file system.
 * Source: Microsoft, FAT32 File System Specification 1.03.
 */
export async function fatPlace(read: ByteSource, offset: number): Promise<FatPlace | undefined> {
  const boot = Buffer.from(await read(0, 512));
  if (boot.length < 512 || boot.readUInt16LE(510) !== 0xaa55) return undefined;
  const sector = boot.readUInt16LE(11);
  const inCluster = boot.readUInt8(13);
  if (!SECTOR_SIZES.includes(sector) || inCluster === 0) return undefined;
  const reserved = boot.readUInt16LE(14) * sector;
  const fatSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
  const fats = boot.readUInt8(16) * fatSectors * sector;
  const rootDirectory = boot.readUInt16LE(17) * 32;
  if (offset < 512) {
    return { kind: 'boot sector', field: BOOT_SECTOR.findLast(([at]) => at <= offset)?.[1] ?? '' };
  }
  if (offset < reserved) return { kind: 'reserved sectors' };
  if (offset < reserved + fats) return { kind: 'FAT' };
  if (offset < reserved + fats + rootDirectory) return { kind: 'root directory' };
  const data = offset - reserved - fats - rootDirectory;
  return { kind: 'data', cluster: Math.floor(data / (inCluster * sector)) + 2 };
}
