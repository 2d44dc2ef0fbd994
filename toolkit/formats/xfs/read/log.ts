import { buildError } from '../../../domain/errors.ts';
import type { Volume } from './volume.ts';

const SECTOR = 512;
const MAGIC = 0xfeedbabe;
const UNMOUNT = 0x20;
/** Bytes whose cycles one sector of a record's header has. */
const CYCLES = 32 * 1024;
/** More than a record of an unmount can have, however it is aligned. */
const LOOK_BACK = 2048;

/**
 * What waits in a log is not in the files yet. Throws `XFS_LOG` where its last record is not that of an unmount.
 * Source: XFS Algorithms & Data Structures, Journaling Log; Linux, fs/xfs/xfs_log_recover.c.
 */
export async function checkLog(volume: Volume): Promise<void> {
  const { log, blockSize, readBlocks } = volume;
  const perBlock = blockSize / SECTOR;
  const sectors = log.blocks * perBlock;
  const readSector = async (sector: number): Promise<Buffer> => {
    const bytes = await readBlocks(log.block + Math.floor(sector / perBlock), 1);
    return bytes.subarray((sector % perBlock) * SECTOR, ((sector % perBlock) + 1) * SECTOR);
  };
  const head = await findHead(async (sector) => cycleOf(await readSector(sector)), sectors);
  if (head === undefined) return;
  const count = Math.min(LOOK_BACK, sectors);
  for (let back = 1; back <= count; back += 1) {
    const sector = await readSector((head - back + sectors) % sectors);
    if (sector.readUInt32BE(0) !== MAGIC) continue;
    const size = sector.readUInt32BE(320);
    const headers = sector.readUInt32BE(8) === 2 && size > CYCLES ? Math.ceil(size / CYCLES) : 1;
    const isLast = headers + sector.readUInt32BE(12) / SECTOR === back;
    if (!isLast || sector.readUInt32BE(40) !== 1) break;
    const operation = await readSector((head - back + headers + sectors) % sectors);
    if ((operation[9]! & UNMOUNT) !== 0) return;
    break;
  }
  throw buildError('XFS_LOG', 'xfs: it was not unmounted, and its log holds what is not in its files yet.', {
    hint: 'Start the image and shut it down, or mount and unmount the file system.',
  });
}

/** The sector behind the last one that was written; undefined where none ever was. */
async function findHead(
  cycleAt: (sector: number) => Promise<number>,
  sectors: number,
): Promise<number | undefined> {
  const first = await cycleAt(0);
  const last = await cycleAt(sectors - 1);
  if (first === 0) return undefined;
  if (first === last) return sectors;
  // What is behind the head is of the turn before, or was never written.
  let [before, behind] = [0, sectors - 1];
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2);
    if ((await cycleAt(middle)) === last) behind = middle;
    else before = middle;
  }
  return behind;
}

/** How often the log had been filled: a header says it behind its magic, everything else in its first word. */
function cycleOf(sector: Buffer): number {
  const first = sector.readUInt32BE(0);
  return first === MAGIC ? sector.readUInt32BE(4) : first;
}
