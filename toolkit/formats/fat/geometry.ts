import { roundUp } from '../../domain/round.ts';

export type FatKind = 'fat12' | 'fat16' | 'fat32';

/** Where everything of a FAT is, in bytes from its beginning. */
export interface Geometry {
  readonly kind: FatKind;
  readonly clusterSize: number;
  /** Where cluster 2 begins. */
  readonly data: number;
  /** FAT32 has it in clusters, the others in a place of its own. */
  readonly root: { readonly cluster: number } | { readonly offset: number; readonly size: number };
  readonly clusters: number;
  /** Cluster numbers from here on end a file. */
  readonly last: number;
  readonly table: Buffer;
  readonly serial: string;
  readonly label: string;
}

const ENTRY = 32;
/** From so many clusters on it is no FAT12, and no FAT16. */
const FAT16_CLUSTERS = 4085;
const FAT32_CLUSTERS = 65_525;
/** Cluster numbers of FAT32 have 28 bits. */
const CLUSTER_MASK = 0x0fffffff;
const LAST: Readonly<Record<FatKind, number>> = { fat12: 0xff8, fat16: 0xfff8, fat32: 0x0ffffff8 };
const BITS: Readonly<Record<FatKind, number>> = { fat12: 12, fat16: 16, fat32: 32 };

/**
 * Reads the boot sector and the first table. Throws what `damaged` makes of the reason. A file system that does not
 * tell the size of its table where FAT12 and FAT16 do is a FAT32, however few clusters it has: so mtools makes them.
 * Source: Microsoft, FAT32 File System Specification 1.03.
 */
export async function readGeometry(
  read: (offset: number, length: number) => Promise<Buffer>,
  damaged: (what: string) => Error,
): Promise<Geometry> {
  const boot = await read(0, 512);
  const sector = boot.readUInt16LE(11);
  const clusterSize = boot.readUInt8(13) * sector;
  const smallTable = boot.readUInt16LE(22);
  const isFat32 = smallTable === 0;
  const tableSize = (isFat32 ? boot.readUInt32LE(36) : smallTable) * sector;
  const sectors = (isFat32 ? 0 : boot.readUInt16LE(19)) || boot.readUInt32LE(32);
  const reserved = boot.readUInt16LE(14) * sector;
  const rootSize = isFat32 ? 0 : roundUp(boot.readUInt16LE(17) * ENTRY, sector);
  const rootOffset = reserved + boot.readUInt8(16) * tableSize;
  const data = rootOffset + rootSize;
  const isFat =
    boot.readUInt16LE(510) === 0xaa55 &&
    [512, 1024, 2048, 4096].includes(sector) &&
    clusterSize > 0 &&
    tableSize > 0 &&
    (isFat32 || rootSize > 0) &&
    data < sectors * sector;
  if (!isFat) throw damaged('there is none');
  const clusters = Math.floor((sectors * sector - data) / clusterSize);
  if (!isFat32 && clusters >= FAT32_CLUSTERS) throw damaged('it has too many clusters');
  const kind = isFat32 ? 'fat32' : clusters < FAT16_CLUSTERS ? 'fat12' : 'fat16';
  const needed = Math.ceil(((clusters + 2) * BITS[kind]) / 8);
  if (needed > tableSize) throw damaged('its table is too short');
  const names = isFat32 ? 67 : 39;
  const label = boot.toString('latin1', names + 4, names + 15).trimEnd();
  return {
    ...{ kind, clusterSize, data, clusters, last: LAST[kind] },
    root: isFat32 ? { cluster: boot.readUInt32LE(44) } : { offset: rootOffset, size: rootSize },
    table: await read(reserved, needed),
    serial: boot.readUInt32LE(names).toString(16).padStart(8, '0'),
    label: label.replace(/^(?:NO NAME|\0+)$/, ''),
  };
}

/** What the table says of a cluster. */
export function nextCluster({ kind, table }: Geometry, cluster: number): number {
  if (kind === 'fat32') return table.readUInt32LE(cluster * 4) & CLUSTER_MASK;
  if (kind === 'fat16') return table.readUInt16LE(cluster * 2);
  // Two entries in three bytes.
  const at = cluster + (cluster >> 1);
  const pair = table[at]! + table[at + 1]! * 256;
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}
