import type { DiskLayout, Partition } from '../../domain/disk.ts';
import { usageError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { PositionedBytes } from '../positioned.ts';
import {
  ENTRY_COUNT,
  encodeEntries,
  encodeHeader,
  NAME_UNITS,
  tablePlaces,
  usableSectors,
} from './header.ts';
import { encodeProtectiveMbr } from './mbr.ts';

export interface GptOptions {
  /** Boot program of the MBR, at most 440 bytes. */
  readonly bootCode?: Uint8Array;
}

/**
 * Everything that makes a disk a GPT disk, in ascending order: protective MBR with primary table, then backup
 * table. Partitions' content is left alone. Throws `GPT_LAYOUT` for a layout that cannot be.
 * Source: UEFI 2.10, 5.3.
 */
export function encodeGpt(layout: DiskLayout, options: GptOptions = {}): PositionedBytes[] {
  checkLayout(layout);
  const { size, sectorSize } = layout;
  const { primary, backup } = tablePlaces(size, sectorSize);
  const entries = encodeEntries(layout.partitions);
  const mbr = encodeProtectiveMbr(size, sectorSize, options.bootCode ?? new Uint8Array());
  return [
    { offset: 0, bytes: Buffer.concat([mbr, encodeHeader(layout, primary, entries), entries]) },
    {
      offset: backup.entriesLba * sectorSize,
      bytes: Buffer.concat([entries, encodeHeader(layout, backup, entries)]),
    },
  ];
}

function checkLayout(layout: DiskLayout): void {
  const { size, sectorSize, partitions } = layout;
  const usable = usableSectors(size, sectorSize);
  if (!Number.isSafeInteger(size) || size % sectorSize !== 0 || usable.last < usable.first) {
    throw layoutError(`a disk of ${size} bytes is too small or no multiple of ${sectorSize}`);
  }
  if (!isUuid(layout.uuid)) {
    throw layoutError(`${layout.uuid} is no GUID`);
  }
  if (partitions.length > ENTRY_COUNT) {
    throw layoutError(`there are ${partitions.length} partitions, ${ENTRY_COUNT} at most`);
  }
  const uuids = new Set(partitions.map(({ uuid }) => uuid.toLowerCase()));
  if (uuids.size !== partitions.length) {
    throw layoutError('two partitions have one GUID');
  }
  for (const partition of partitions) {
    checkPartition(partition, usable);
  }
  const ordered = partitions.toSorted((a, b) => a.startLba - b.startLba);
  for (const [index, partition] of ordered.slice(1).entries()) {
    if (partition.startLba <= ordered[index]!.endLba) {
      throw layoutError(`${partition.name} starts inside ${ordered[index]!.name}`);
    }
  }
}

function checkPartition(partition: Partition, usable: { first: number; last: number }): void {
  const { name, startLba, endLba } = partition;
  if (![startLba, endLba].every(Number.isSafeInteger) || startLba > endLba) {
    throw layoutError(`${name} goes from sector ${startLba} to ${endLba}`);
  }
  if (startLba < usable.first || endLba > usable.last) {
    const place = `sectors ${usable.first} to ${usable.last}`;
    throw layoutError(`${name} (${startLba} to ${endLba}) is outside of ${place}`);
  }
  if (name.length > NAME_UNITS) {
    throw layoutError(`the name ${name} has more than ${NAME_UNITS} characters`);
  }
  if (!isUuid(partition.type) || !isUuid(partition.uuid)) {
    throw layoutError(`${name} has a type or GUID that is no GUID`);
  }
}

function layoutError(what: string): Error {
  return usageError('GPT_LAYOUT', `Disk layout: ${what}.`, {
    hint: "Correct the sizes and names of the disk's partitions.",
  });
}
