import { type DiskLayout, mbrNumber, PARTITION_TYPES } from '../domain/disk.ts';
import { readGpt } from '../formats/gpt/index.ts';
import { isMbr, readMbr } from '../formats/mbr/index.ts';
import type { ByteSource } from '../formats/source.ts';

/** A partition table that was read. */
export interface DiskTable {
  /** Of an MBR with the names that a GPT has: UUIDs are made of its signature, and type GUIDs of its bytes. */
  readonly layout: DiskLayout;
  /** Undefined: a GPT. */
  readonly mbr: MbrFacts | undefined;
}

/** What only an MBR says. */
interface MbrFacts {
  /** Index of the partition that a BIOS is told to start. */
  readonly active: number | undefined;
  /** Of each partition. */
  readonly types: readonly number[];
}

const SECTOR = 512;
const TYPES = new Map<number, string>([
  [0xef, PARTITION_TYPES.esp],
  [0x82, PARTITION_TYPES.swap],
]);

/** Reads the partition table of a disk of `size` bytes. Throws `GPT_INVALID` and `MBR_INVALID`. */
export async function readTable(read: ByteSource, size: number): Promise<DiskTable> {
  const first = Buffer.from(await read(0, SECTOR));
  if (!isMbr(first)) return { layout: await readGpt(read, size, SECTOR), mbr: undefined };
  const { signature, partitions } = await readMbr(read, size, SECTOR);
  const id = signature.toString(16).padStart(8, '0');
  const active = partitions.findIndex((one) => one.active);
  return {
    layout: {
      ...{ size, sectorSize: SECTOR, uuid: `${id}-0000-0000-0000-000000000000` },
      partitions: partitions.map(({ name, type, startLba, endLba }, index) => ({
        ...{ name, type: TYPES.get(type) ?? PARTITION_TYPES.linux, startLba, endLba, attributes: 0n },
        uuid: `${id}-${mbrNumber(index, partitions.length).toString(16).padStart(2, '0')}`,
      })),
    },
    mbr: { active: active < 0 ? undefined : active, types: partitions.map(({ type }) => type) },
  };
}
