/** A partition as a table entry tells it. Sectors count from where the table says. */
export interface MbrEntry {
  /** Byte that says what is in it: 0x83 Linux, 0x82 swap, 0xef an ESP. */
  readonly type: number;
  readonly active: boolean;
  readonly start: number;
  readonly count: number;
  /** First sector counted from the beginning of the disk, for the geometry's fields. */
  readonly absolute: number;
}

const ENTRIES_AT = 446;
const ENTRY_SIZE = 16;
const HEADS = 255;
const SECTORS = 63;
const CYLINDERS = 1024;

/** A sector with up to four entries and the signature 0x55aa at byte 510. Source: UEFI 2.10, 5.2.1. */
export function tableSector(sectorSize: number, entries: readonly MbrEntry[]): Buffer {
  const sector = Buffer.alloc(sectorSize);
  for (const [index, { type, active, start, count, absolute }] of entries.entries()) {
    const at = ENTRIES_AT + index * ENTRY_SIZE;
    sector[at] = active ? 0x80 : 0;
    sector.set(geometry(absolute), at + 1);
    sector[at + 4] = type;
    sector.set(geometry(absolute + count - 1), at + 5);
    sector.writeUInt32LE(start, at + 8);
    sector.writeUInt32LE(count, at + 12);
  }
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** The four entries of such a sector, those without a partition too. */
export function parseTable(sector: Buffer): Omit<MbrEntry, 'absolute'>[] {
  return [0, 1, 2, 3].map((index) => {
    const at = ENTRIES_AT + index * ENTRY_SIZE;
    return {
      ...{ type: sector[at + 4]!, active: sector[at] === 0x80 },
      ...{ start: sector.readUInt32LE(at + 8), count: sector.readUInt32LE(at + 12) },
    };
  });
}

/** Cylinder, head and sector, as BIOSes without LBA count; the highest ones where a disk goes beyond them. */
function geometry(lba: number): [number, number, number] {
  const cylinder = Math.floor(lba / (HEADS * SECTORS));
  if (cylinder >= CYLINDERS) return [0xfe, 0xff, 0xff];
  const head = Math.floor(lba / SECTORS) % HEADS;
  const sector = (lba % SECTORS) + 1;
  return [head, sector | ((cylinder >> 8) << 6), cylinder & 0xff];
}
