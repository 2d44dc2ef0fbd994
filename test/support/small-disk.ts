import type { ManifestEntry } from '../../toolkit/domain/manifest.ts';
import { planBtrfs, writeBtrfs } from '../../toolkit/formats/btrfs/index.ts';
import { type Ext4Options, planExt4, writeExt4 } from '../../toolkit/formats/ext4/index.ts';
import { encodeGpt } from '../../toolkit/formats/gpt/index.ts';
import { encodeMbr, type MbrPartition } from '../../toolkit/formats/mbr/index.ts';
import type { PositionedBytes } from '../../toolkit/formats/positioned.ts';
import { planXfs, writeXfs } from '../../toolkit/formats/xfs/index.ts';
import { BTRFS } from '../formats/support/btrfs.ts';
import { OPTIONS, readEntry } from '../formats/support/ext4.ts';
import { XFS } from '../formats/support/xfs.ts';

const MIB = 1024 ** 2;
const SECTOR = 512;

/** A partition of a disk in memory. */
export interface SmallPartition {
  readonly name: string;
  readonly type: string;
  /** In MiB. */
  readonly start: number;
  readonly size: number;
  /** What is in it; the rest is zeros. */
  readonly bytes: Uint8Array;
}

/** UUID of the partition with a number, from 1, of `smallDisk`. */
export function smallUuid(number: number): string {
  return `aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee${number}`;
}

/** A GPT disk; `bootCode` is what a BIOS starts. */
export function smallDisk(
  partitions: readonly SmallPartition[],
  bootCode: Uint8Array = new Uint8Array(),
): Buffer {
  const end = Math.max(...partitions.map(({ start, size }) => start + size));
  const disk = Buffer.alloc((end + 1) * MIB);
  const pieces = encodeGpt(
    {
      ...{ size: disk.length, sectorSize: SECTOR, uuid: '11111111-2222-3333-4444-555555555555' },
      partitions: partitions.map(({ name, type, start, size }, index) => ({
        ...{ name, type, uuid: smallUuid(index + 1), attributes: 0n },
        ...{ startLba: (start * MIB) / SECTOR, endLba: ((start + size) * MIB) / SECTOR - 1 },
      })),
    },
    { bootCode },
  );
  for (const { offset, bytes } of pieces) disk.set(bytes, offset);
  for (const { start, bytes } of partitions) disk.set(bytes, start * MIB);
  return disk;
}

/** A disk with a table of the old kind and the signature c0ffee01: `type` of its partitions is a byte. */
export function smallMbrDisk(
  partitions: readonly (Omit<SmallPartition, 'type'> & Pick<MbrPartition, 'type' | 'active'>)[],
): Buffer {
  const end = Math.max(...partitions.map(({ start, size }) => start + size));
  const disk = Buffer.alloc((end + 1) * MIB);
  const pieces = encodeMbr({
    ...{ size: disk.length, sectorSize: SECTOR, signature: 0xc0ffee01 },
    partitions: partitions.map(({ name, type, active, start, size }) => ({
      ...{
        name,
        type,
        active,
        startLba: (start * MIB) / SECTOR,
        endLba: ((start + size) * MIB) / SECTOR - 1,
      },
    })),
  });
  for (const { offset, bytes } of pieces) disk.set(bytes, offset);
  for (const { start, bytes } of partitions) disk.set(bytes, start * MIB);
  return disk;
}

/** An ext4 of 16 MiB. */
export async function smallExt4(
  entries: readonly ManifestEntry[],
  options: Partial<Ext4Options> = {},
): Promise<Buffer> {
  const plan = planExt4(entries, { ...OPTIONS, size: 16 * MIB, journalMib: 1, inodes: 100, ...options });
  return await inMemory(plan.size, writeExt4(plan, readEntry));
}

/** An XFS of 300 MiB: there is none that is smaller. */
export async function smallXfs(entries: readonly ManifestEntry[]): Promise<Buffer> {
  const plan = planXfs(entries, XFS);
  return await inMemory(plan.size, writeXfs(plan, readEntry));
}

/** A btrfs of 64 MiB. */
export async function smallBtrfs(entries: readonly ManifestEntry[], uuid: string): Promise<Buffer> {
  const plan = planBtrfs(entries, { ...BTRFS, size: 64 * MIB, uuid });
  return await inMemory(plan.size, writeBtrfs(plan, readEntry));
}

async function inMemory(size: number, pieces: AsyncIterable<PositionedBytes>): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  for await (const piece of pieces) bytes.set(piece.bytes, piece.offset);
  return bytes;
}
