import type { DiskLayout, Partition } from '../../domain/disk.ts';
import { untilNul } from '../../domain/text.ts';
import { guidFromBytes, guidToBytes } from '../../domain/uuid.ts';
import { crc32 } from '../crc32.ts';

export const ENTRY_COUNT = 128;
export const ENTRY_SIZE = 128;
export const ENTRIES_SIZE = ENTRY_COUNT * ENTRY_SIZE;
export const NAME_UNITS = 36;
const HEADER_SIZE = 92;
const SIGNATURE = 'EFI PART';
const REVISION = 0x00010000;

/** Where the parts of one of the two tables lie, in sectors. */
export interface TablePlace {
  readonly headerLba: number;
  readonly otherHeaderLba: number;
  readonly entriesLba: number;
}

/** Sectors between the tables, that partitions may take. */
export interface UsableSectors {
  readonly first: number;
  readonly last: number;
}

/** Sectors that the array of 128 entries takes. */
export function entriesSectors(sectorSize: number): number {
  return Math.ceil(ENTRIES_SIZE / sectorSize);
}

/** Sectors that partitions may take on a disk of `size` bytes. */
export function usableSectors(size: number, sectorSize: number): UsableSectors {
  const sectors = size / sectorSize;
  const entries = entriesSectors(sectorSize);
  return { first: 2 + entries, last: sectors - 2 - entries };
}

/** Places of the primary and of the backup table. */
export function tablePlaces(size: number, sectorSize: number): { primary: TablePlace; backup: TablePlace } {
  const last = size / sectorSize - 1;
  return {
    primary: { headerLba: 1, otherHeaderLba: last, entriesLba: 2 },
    backup: { headerLba: last, otherHeaderLba: 1, entriesLba: last - entriesSectors(sectorSize) },
  };
}

/** A header in a whole sector. Source: UEFI 2.10, 5.3.2. */
export function encodeHeader(layout: DiskLayout, place: TablePlace, entries: Buffer): Buffer {
  const sector = Buffer.alloc(layout.sectorSize);
  const usable = usableSectors(layout.size, layout.sectorSize);
  sector.write(SIGNATURE, 0, 'latin1');
  sector.writeUInt32LE(REVISION, 8);
  sector.writeUInt32LE(HEADER_SIZE, 12);
  sector.writeBigUInt64LE(BigInt(place.headerLba), 24);
  sector.writeBigUInt64LE(BigInt(place.otherHeaderLba), 32);
  sector.writeBigUInt64LE(BigInt(usable.first), 40);
  sector.writeBigUInt64LE(BigInt(usable.last), 48);
  sector.set(guidToBytes(layout.uuid), 56);
  sector.writeBigUInt64LE(BigInt(place.entriesLba), 72);
  sector.writeUInt32LE(ENTRY_COUNT, 80);
  sector.writeUInt32LE(ENTRY_SIZE, 84);
  sector.writeUInt32LE(crc32(entries), 88);
  sector.writeUInt32LE(crc32(sector.subarray(0, HEADER_SIZE)), 16);
  return sector;
}

/** The array of entries, all 128 of them. Source: UEFI 2.10, 5.3.3. */
export function encodeEntries(partitions: readonly Partition[]): Buffer {
  const entries = Buffer.alloc(ENTRIES_SIZE);
  for (const [index, partition] of partitions.entries()) {
    const entry = entries.subarray(index * ENTRY_SIZE, (index + 1) * ENTRY_SIZE);
    entry.set(guidToBytes(partition.type), 0);
    entry.set(guidToBytes(partition.uuid), 16);
    entry.writeBigUInt64LE(BigInt(partition.startLba), 32);
    entry.writeBigUInt64LE(BigInt(partition.endLba), 40);
    entry.writeBigUInt64LE(partition.attributes, 48);
    entry.write(partition.name, 56, 'utf16le');
  }
  return entries;
}

/** What a header says, once its signature and checksum are right; undefined when they are not. */
export interface ParsedHeader {
  readonly diskUuid: string;
  readonly headerLba: number;
  readonly otherHeaderLba: number;
  readonly usable: UsableSectors;
  readonly entriesLba: number;
  readonly entriesCrc: number;
}

/** Reads a header sector; undefined when it is none or is damaged. */
export function parseHeader(sector: Buffer): ParsedHeader | undefined {
  if (sector.length < HEADER_SIZE || sector.toString('latin1', 0, 8) !== SIGNATURE) {
    return undefined;
  }
  const size = sector.readUInt32LE(12);
  if (size < HEADER_SIZE || size > sector.length) {
    return undefined;
  }
  const unsigned = Buffer.from(sector.subarray(0, size));
  unsigned.fill(0, 16, 20);
  const isOurs = sector.readUInt32LE(80) === ENTRY_COUNT && sector.readUInt32LE(84) === ENTRY_SIZE;
  if (crc32(unsigned) !== sector.readUInt32LE(16) || !isOurs) {
    return undefined;
  }
  return {
    headerLba: Number(sector.readBigUInt64LE(24)),
    otherHeaderLba: Number(sector.readBigUInt64LE(32)),
    usable: { first: Number(sector.readBigUInt64LE(40)), last: Number(sector.readBigUInt64LE(48)) },
    diskUuid: guidFromBytes(sector.subarray(56, 72)),
    entriesLba: Number(sector.readBigUInt64LE(72)),
    entriesCrc: sector.readUInt32LE(88),
  };
}

/** Reads the used entries. An unused one before a used one is left out: numbers then shift. */
export function parseEntries(entries: Buffer): Partition[] {
  const partitions: Partition[] = [];
  for (let at = 0; at < entries.length; at += ENTRY_SIZE) {
    const entry = entries.subarray(at, at + ENTRY_SIZE);
    if (entry.subarray(0, 16).some((byte) => byte !== 0)) {
      partitions.push({
        type: guidFromBytes(entry.subarray(0, 16)),
        uuid: guidFromBytes(entry.subarray(16, 32)),
        startLba: Number(entry.readBigUInt64LE(32)),
        endLba: Number(entry.readBigUInt64LE(40)),
        attributes: entry.readBigUInt64LE(48),
        name: untilNul(entry.toString('utf16le', 56, 128)),
      });
    }
  }
  return partitions;
}
