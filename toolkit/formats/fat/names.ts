import { untilNul } from '../../domain/text.ts';

/** An entry of a folder, with its long name where it has one. */
export interface FatName {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly cluster: number;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** Seconds since the epoch, taken as UTC. */
  readonly mtime: number;
}

const ENTRY = 32;
const DELETED = 0xe5;
/** Stands for a first byte that would mean a deleted file. */
const KANJI = 0x05;
const ATTRIBUTES = { volume: 0x08, directory: 0x10, longName: 0x0f } as const;
const CASE = { base: 0x08, extension: 0x10 } as const;
/** Where the 13 characters of a part of a long name are. */
const CHARACTERS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/**
 * What a folder lists, without itself and the one above. A long name counts where its checksum is that of the short
 * one behind it. Source: Microsoft, FAT32 File System Specification 1.03.
 */
export function decodeNames(folder: Buffer): FatName[] {
  const names: FatName[] = [];
  let parts: { readonly sum: number; readonly text: string }[] = [];
  for (let at = 0; at + ENTRY <= folder.length && folder[at] !== 0; at += ENTRY) {
    const entry = folder.subarray(at, at + ENTRY);
    const attributes = entry[11]!;
    if (entry[0] === DELETED) parts = [];
    else if (attributes === ATTRIBUTES.longName) parts.unshift({ sum: entry[13]!, text: partOf(entry) });
    else {
      const sum = checksum(entry);
      const isLong = parts.length > 0 && parts.every((part) => part.sum === sum);
      const name = isLong ? parts.map(({ text }) => text).join('') : shortName(entry);
      parts = [];
      if ((attributes & ATTRIBUTES.volume) !== 0 || name === '.' || name === '..') continue;
      const isDirectory = (attributes & ATTRIBUTES.directory) !== 0;
      names.push({
        ...{ name, isDirectory, mtime: timeOf(entry) },
        cluster: entry.readUInt16LE(20) * 2 ** 16 + entry.readUInt16LE(26),
        size: isDirectory ? 0 : entry.readUInt32LE(28),
      });
    }
  }
  return names;
}

function partOf(entry: Buffer): string {
  return untilNul(String.fromCharCode(...CHARACTERS.map((at) => entry.readUInt16LE(at))));
}

function shortName(entry: Buffer): string {
  const bytes = Buffer.from(entry.subarray(0, 11));
  if (bytes[0] === KANJI) bytes[0] = DELETED;
  const text = (from: number, to: number, isLower: boolean): string => {
    const trimmed = bytes.toString('latin1', from, to).trimEnd();
    return isLower ? trimmed.toLowerCase() : trimmed;
  };
  const base = text(0, 8, (entry[12]! & CASE.base) !== 0);
  const extension = text(8, 11, (entry[12]! & CASE.extension) !== 0);
  return extension === '' ? base : `${base}.${extension}`;
}

function checksum(entry: Buffer): number {
  let sum = 0;
  for (const byte of entry.subarray(0, 11)) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
}

function timeOf(entry: Buffer): number {
  const [time, date] = [entry.readUInt16LE(22), entry.readUInt16LE(24)];
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}
