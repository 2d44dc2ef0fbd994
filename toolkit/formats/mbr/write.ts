import { MBR_PRIMARY, mbrNumber } from '../../domain/disk.ts';
import { usageError } from '../../domain/errors.ts';
import type { PositionedBytes } from '../positioned.ts';
import { type MbrEntry, tableSector } from './entry.ts';

export interface MbrPartition {
  /** For messages; the table has no names. */
  readonly name: string;
  /** Byte that says what is in it: 0x83 Linux, 0x82 swap, 0xef an ESP. */
  readonly type: number;
  /** Whether a BIOS starts from it; at most one. */
  readonly active: boolean;
  /** First sector. */
  readonly startLba: number;
  /** Last sector (not one after it). */
  readonly endLba: number;
}

/** Where everything lies on a disk with a table of the old kind. */
export interface MbrLayout {
  /** Whole disk in bytes, a multiple of `sectorSize`. */
  readonly size: number;
  readonly sectorSize: 512 | 4096;
  /** 32 bits that tell disks apart; PARTUUIDs are made of it. Not 0. */
  readonly signature: number;
  /** Ascending. */
  readonly partitions: readonly MbrPartition[];
}

export interface MbrOptions {
  /** Boot program, at most 440 bytes. */
  readonly bootCode?: Uint8Array;
}

const MIB = 1024 ** 2;
/** Type of the partition that holds the logical ones. */
export const EXTENDED = 0x0f;
/** Links of the chain inside of it: without LBA in the name, as every reader knows it. */
const LINK = 0x05;
/** Bytes of the first sector that a BIOS starts. */
export const BOOT_CODE_SIZE = 440;
export const SIGNATURE_AT = 440;
const MAX_SECTORS = 2 ** 32;

/**
 * Everything that makes a disk an MBR disk, in ascending order; partitions' content is left alone. Of more than
 * four partitions the fourth on are logical ones: each needs a free MiB before it. Throws `MBR_LAYOUT` for a
 * layout that cannot be. Source: UEFI 2.10, 5.2.1; chains of logical partitions as sfdisk writes them.
 */
export function encodeMbr(
  layout: MbrLayout,
  { bootCode = new Uint8Array() }: MbrOptions = {},
): PositionedBytes[] {
  checkLayout(layout, bootCode);
  const { sectorSize, partitions } = layout;
  const hasLogical = partitions.length > MBR_PRIMARY;
  const primary = hasLogical ? partitions.slice(0, MBR_PRIMARY - 1) : partitions;
  const logical = partitions.slice(primary.length);
  const entries = primary.map((partition) => entryOf(partition, 0));
  if (hasLogical) entries.push(extendedEntry(logical, sectorSize));
  const table = tableSector(sectorSize, entries);
  table.set(bootCode, 0);
  table.writeUInt32LE(layout.signature, SIGNATURE_AT);
  return [{ offset: 0, bytes: table }, ...chainOf(logical, sectorSize)];
}

function entryOf({ type, active, startLba, endLba }: MbrPartition, from: number): MbrEntry {
  return { type, active, start: startLba - from, count: endLba + 1 - startLba, absolute: startLba };
}

function extendedEntry(logical: readonly MbrPartition[], sectorSize: number): MbrEntry {
  const start = linkLba(logical[0]!, sectorSize);
  const count = logical.at(-1)!.endLba + 1 - start;
  return { type: EXTENDED, active: false, start, count, absolute: start };
}

/** Each logical partition has a table before it, which names it and where the next one's table is. */
function chainOf(logical: readonly MbrPartition[], sectorSize: number): PositionedBytes[] {
  return logical.map((partition, index) => {
    const at = linkLba(partition, sectorSize);
    const entries = [entryOf(partition, at)];
    const next = logical[index + 1];
    if (next !== undefined) {
      const link = linkLba(next, sectorSize);
      entries.push({
        ...{ type: LINK, active: false, start: link - linkLba(logical[0]!, sectorSize) },
        ...{ count: next.endLba + 1 - link, absolute: link },
      });
    }
    return { offset: at * sectorSize, bytes: tableSector(sectorSize, entries) };
  });
}

function linkLba({ startLba }: MbrPartition, sectorSize: number): number {
  return startLba - MIB / sectorSize;
}

function checkLayout({ size, sectorSize, signature, partitions }: MbrLayout, bootCode: Uint8Array): void {
  if (bootCode.length > BOOT_CODE_SIZE) {
    throw layoutError(`a boot program of ${bootCode.length} bytes; an MBR has ${BOOT_CODE_SIZE}`);
  }
  if (!Number.isSafeInteger(size) || size % sectorSize !== 0 || size < 2 * sectorSize) {
    throw layoutError(`a disk of ${size} bytes is too small or no multiple of ${sectorSize}`);
  }
  if (!Number.isInteger(signature) || signature <= 0 || signature >= 2 ** 32) {
    throw layoutError(`${signature} is no signature of 32 bits`);
  }
  if (partitions.filter(({ active }) => active).length > 1) {
    throw layoutError('more than one partition is active');
  }
  const sectors = size / sectorSize;
  let free = 1;
  for (const [index, { name, startLba, endLba, type }] of partitions.entries()) {
    const isLogical = mbrNumber(index, partitions.length) > MBR_PRIMARY;
    const first = isLogical ? free + MIB / sectorSize : free;
    if (![startLba, endLba].every(Number.isSafeInteger) || startLba > endLba) {
      throw layoutError(`${name} goes from sector ${startLba} to ${endLba}`);
    }
    if (startLba < first) {
      throw layoutError(`${name} starts at sector ${startLba}; ${first} is the first that is free`);
    }
    if (endLba >= sectors) throw layoutError(`${name} ends at sector ${endLba} of ${sectors}`);
    if (endLba >= MAX_SECTORS) throw layoutError(`${name} ends beyond what 32 bits count (use gpt)`);
    if (!Number.isInteger(type) || type <= 0 || type > 0xff)
      throw layoutError(`${name} has the type ${type}`);
    free = endLba + 1;
  }
}

function layoutError(what: string): Error {
  return usageError('MBR_LAYOUT', `Disk layout: ${what}.`, {
    hint: "Correct the sizes of the disk's partitions.",
  });
}
