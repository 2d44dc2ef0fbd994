import { guidToBytes } from '../../domain/uuid.ts';
import { crc32c } from '../crc32c.ts';

const KIB = 1024;
export const MIB = KIB * KIB;

/** GUIDs that identify a VHDX beside its content. */
export interface VhdxIdentity {
  /** The disk, as its guest sees it (SCSI page 83). */
  readonly diskUuid: string;
  /** This file; software changes it when it opens the file to write. */
  readonly fileWriteUuid: string;
  /** This content; changed at the first write of the guest. */
  readonly dataWriteUuid: string;
}

/** A part of the file that the region table names; in bytes. */
export interface Region {
  readonly guid: string;
  readonly offset: number;
  readonly length: number;
}

export const REGION_GUIDS = {
  bat: '2dc27766-f623-4200-9d64-115e9bfd4a08',
  metadata: '8b7ca206-4790-4b9a-b8fe-575f050f886e',
} as const;

/** Offsets of what comes before the regions, all fixed by the format. */
export const PLACES = {
  identifier: 0,
  headers: [64 * KIB, 128 * KIB],
  regionTables: [192 * KIB, 256 * KIB],
} as const;
const HEADER_SIZE = 4 * KIB;
const REGION_TABLE_SIZE = 64 * KIB;
const IDENTIFIER_SIZE = 8 + 512;

/** File type identifier. Source: [MS-VHDX] 2.2.1. */
export function encodeIdentifier(creator: string): Buffer {
  const bytes = Buffer.alloc(IDENTIFIER_SIZE);
  bytes.write('vhdxfile', 0, 'latin1');
  bytes.write(creator, 8, 'utf16le');
  return bytes;
}

/** A header with an empty log (its GUID is zero). Source: [MS-VHDX] 2.2.2. */
export function encodeHeader(
  sequence: bigint,
  identity: VhdxIdentity,
  log: { readonly offset: number; readonly length: number },
): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  bytes.write('head', 0, 'latin1');
  bytes.writeBigUInt64LE(sequence, 8);
  bytes.set(guidToBytes(identity.fileWriteUuid), 16);
  bytes.set(guidToBytes(identity.dataWriteUuid), 32);
  bytes.writeUInt16LE(0, 64);
  bytes.writeUInt16LE(1, 66);
  bytes.writeUInt32LE(log.length, 68);
  bytes.writeBigUInt64LE(BigInt(log.offset), 72);
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}

/** A region table; every region in it is required. Source: [MS-VHDX] 2.2.3. */
export function encodeRegionTable(regions: readonly Region[]): Buffer {
  const bytes = Buffer.alloc(REGION_TABLE_SIZE);
  bytes.write('regi', 0, 'latin1');
  bytes.writeUInt32LE(regions.length, 8);
  for (const [index, { guid, offset, length }] of regions.entries()) {
    const at = 16 + index * 32;
    bytes.set(guidToBytes(guid), at);
    bytes.writeBigUInt64LE(BigInt(offset), at + 16);
    bytes.writeUInt32LE(length, at + 24);
    bytes.writeUInt32LE(1, at + 28);
  }
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}
