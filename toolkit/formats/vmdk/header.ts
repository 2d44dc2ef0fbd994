import { usageError } from '../../domain/errors.ts';

export const SECTOR = 512;
/** Bytes of a grain: what VMware's own tools take, and the only size that streams may have. */
export const GRAIN_SIZE = 65536;
/** Entries of a grain table. */
export const TABLE_ENTRIES = 512;
export const TABLE_SECTORS = (TABLE_ENTRIES * 4) / SECTOR;
/** The directory comes after the data: the footer says where. */
export const AT_END = 0xffff_ffff_ffff_ffffn;
/** What a hosted sparse extent may hold: 2 TiB. */
const MAX_SIZE = 2 * 1024 ** 4;

const FLAGS = { newlineTest: 1, redundantTable: 2, compressedGrains: 1 << 16, markers: 1 << 17 } as const;
const DEFLATE = 1;

export interface VmdkHeader {
  readonly virtualSize: number;
  readonly isStream: boolean;
  /** In sectors; the redundant directory is only in a file that is no stream. */
  readonly redundantDirectory: number;
  readonly directory: number | 'end';
  /** Sectors before the first grain. */
  readonly overhead: number;
  /** Where the descriptor is, in sectors; a footer repeats what the header says. */
  readonly descriptor: { readonly offset: number; readonly sectors: number };
}

/** Header or footer of a sparse extent. Source: VMware Virtual Disk Format 5.0, "Hosted Sparse Extents". */
export function encodeHeader(header: VmdkHeader): Buffer {
  const { isStream } = header;
  const bytes = Buffer.alloc(SECTOR);
  const flags = isStream ? FLAGS.compressedGrains | FLAGS.markers : FLAGS.redundantTable;
  bytes.write('KDMV', 0, 'latin1');
  bytes.writeUInt32LE(isStream ? 3 : 1, 4);
  bytes.writeUInt32LE(FLAGS.newlineTest | flags, 8);
  bytes.writeBigUInt64LE(BigInt(header.virtualSize / SECTOR), 12);
  bytes.writeBigUInt64LE(BigInt(GRAIN_SIZE / SECTOR), 20);
  bytes.writeBigUInt64LE(BigInt(header.descriptor.offset), 28);
  bytes.writeBigUInt64LE(BigInt(header.descriptor.sectors), 36);
  bytes.writeUInt32LE(TABLE_ENTRIES, 44);
  bytes.writeBigUInt64LE(BigInt(header.redundantDirectory), 48);
  bytes.writeBigUInt64LE(header.directory === 'end' ? AT_END : BigInt(header.directory), 56);
  bytes.writeBigUInt64LE(BigInt(header.overhead), 64);
  bytes.write('\n \r\n', 73, 'latin1');
  bytes.writeUInt16LE(isStream ? DEFLATE : 0, 77);
  return bytes;
}

/** Throws `VMDK_SIZE` for a disk that a sparse extent cannot hold. */
export function checkVmdkSize(virtualSize: number): void {
  const isWhole = Number.isSafeInteger(virtualSize) && virtualSize > 0 && virtualSize % GRAIN_SIZE === 0;
  if (isWhole && virtualSize <= MAX_SIZE) return;
  throw usageError('VMDK_SIZE', `A VMDK of ${virtualSize} bytes: not a multiple of 64 KiB up to 2 TiB.`);
}

/** Grain tables of a disk. */
export function tableCount(virtualSize: number): number {
  return Math.ceil(virtualSize / (GRAIN_SIZE * TABLE_ENTRIES));
}
