import type { DiskLayout } from '../../domain/disk.ts';
import { buildError } from '../../domain/errors.ts';
import { crc32 } from '../crc32.ts';
import type { ByteSource } from '../source.ts';
import {
  ENTRIES_SIZE,
  type ParsedHeader,
  parseEntries,
  parseHeader,
  tablePlaces,
  usableSectors,
} from './header.ts';
import { isProtectiveMbr } from './mbr.ts';

/**
 * Reads a GPT disk of `size` bytes, strictly: protective MBR and both tables must be whole, agree, and lie
 * where a disk of this size has them. Throws `GPT_INVALID` saying what is wrong. For disks that the toolkit
 * made; it repairs nothing.
 */
export async function readGpt(read: ByteSource, size: number, sectorSize: 512 | 4096): Promise<DiskLayout> {
  const places = tablePlaces(size, sectorSize);
  if (!isProtectiveMbr(Buffer.from(await read(0, sectorSize)))) {
    throw invalid('there is no protective MBR');
  }
  const tables: { header: ParsedHeader; entries: Buffer }[] = [];
  for (const [which, place] of Object.entries(places)) {
    const header = parseHeader(Buffer.from(await read(place.headerLba * sectorSize, sectorSize)));
    if (header === undefined) {
      throw invalid(`the ${which} header is missing or damaged`);
    }
    const isThere = (['headerLba', 'otherHeaderLba', 'entriesLba'] as const).every(
      (key) => header[key] === place[key],
    );
    if (!isThere) {
      throw invalid(`the ${which} header is of a disk of another size`);
    }
    const entries = Buffer.from(await read(place.entriesLba * sectorSize, ENTRIES_SIZE));
    if (crc32(entries) !== header.entriesCrc) {
      throw invalid(`the ${which} array of partitions is damaged`);
    }
    tables.push({ header, entries });
  }
  const [primary, backup] = tables as [(typeof tables)[0], (typeof tables)[0]];
  const usable = usableSectors(size, sectorSize);
  if (!primary.entries.equals(backup.entries) || primary.header.diskUuid !== backup.header.diskUuid) {
    throw invalid('the two tables differ');
  }
  if (primary.header.usable.first !== usable.first || primary.header.usable.last !== usable.last) {
    throw invalid('the range of usable sectors is another');
  }
  return { size, sectorSize, uuid: primary.header.diskUuid, partitions: parseEntries(primary.entries) };
}

function invalid(what: string): Error {
  return buildError('GPT_INVALID', `GPT: ${what}.`, { hint: 'Make the image again.' });
}
