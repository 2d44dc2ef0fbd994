import { MBR_PRIMARY } from '../../domain/disk.ts';
import { buildError, ToolkitError } from '../../domain/errors.ts';
import { isProtectiveMbr } from '../gpt/index.ts';
import type { PositionedBytes } from '../positioned.ts';
import { type ByteSource, readExactly } from '../source.ts';
import { parseTable } from './entry.ts';
import {
  BOOT_CODE_SIZE,
  EXTENDED,
  encodeMbr,
  type MbrLayout,
  type MbrPartition,
  SIGNATURE_AT,
} from './write.ts';

const SIGNED = 0xaa55;
/** More than anybody's disk has; a chain that is longer goes round in circles. */
const MAX_LOGICAL = 128;

/** Whether a disk's first sector is a table of the old kind, and not the one before a GPT. */
export function isMbr(sector: Buffer): boolean {
  const isTable = sector.length >= 512 && sector.readUInt16LE(510) === SIGNED;
  return isTable && !isProtectiveMbr(sector) && parseTable(sector).some(({ type }) => type !== 0);
}

/**
 * Reads a disk with a table of the old kind, strictly: every table has to be as `encodeMbr` writes it. The table has no
 * names: each is empty. Throws `MBR_INVALID` saying what is wrong. For disks that the toolkit made; it repairs
 * nothing.
 */
export async function readMbr(read: ByteSource, size: number, sectorSize: 512 | 4096): Promise<MbrLayout> {
  const sectorAt = async (lba: number): Promise<Buffer> =>
    await readExactly(read, lba * sectorSize, sectorSize, 'MBR', 'MBR_INVALID');
  const first = await sectorAt(0);
  const entries = tableOf(first, 0);
  const extended = entries.find(({ type }) => type === EXTENDED);
  const primary = entries.filter((entry) => entry !== extended);
  if (extended !== undefined && (primary.length !== MBR_PRIMARY - 1 || entries.at(-1) !== extended)) {
    throw invalid('the partition that holds others is not the fourth of four');
  }
  const partitions = primary.map(partitionOf);
  for (let link = extended?.start; link !== undefined; ) {
    const [logical, next] = tableOf(await sectorAt(link), link);
    if (logical === undefined) throw invalid(`the table in sector ${link} is empty`);
    partitions.push(partitionOf({ ...logical, start: link + logical.start }));
    if (partitions.length > MAX_LOGICAL) throw invalid('the chain of logical partitions has no end');
    link = next === undefined ? undefined : extended!.start + next.start;
  }
  const layout = { size, sectorSize, signature: first.readUInt32LE(SIGNATURE_AT), partitions };
  for (const { offset, bytes } of encodeAgain(layout, first.subarray(0, BOOT_CODE_SIZE))) {
    if (Buffer.compare(await sectorAt(offset / sectorSize), bytes) === 0) continue;
    throw invalid(`the table in sector ${offset / sectorSize} is not as distrokit writes it`);
  }
  return layout;
}

function encodeAgain(layout: MbrLayout, bootCode: Uint8Array): PositionedBytes[] {
  try {
    return encodeMbr(layout, { bootCode });
  } catch (error) {
    throw error instanceof ToolkitError ? invalid(error.message) : error;
  }
}

type TableEntry = ReturnType<typeof parseTable>[number];

function tableOf(sector: Buffer, lba: number): readonly TableEntry[] {
  if (sector.readUInt16LE(510) !== SIGNED) throw invalid(`there is no table in sector ${lba}`);
  return parseTable(sector).filter(({ type }) => type !== 0);
}

function partitionOf({ type, active, start, count }: TableEntry): MbrPartition {
  return { name: '', type, active, startLba: start, endLba: start + count - 1 };
}

function invalid(what: string): Error {
  return buildError('MBR_INVALID', `MBR: ${what}.`, { hint: 'Make the image again.' });
}
