const PE_POINTER = 0x3c;
const COFF = 24;
const SECTION = 40;

/** A section of a PE program. Sizes and offsets in bytes. */
export interface PeSection {
  readonly name: string;
  /** In memory. */
  readonly virtualSize: number;
  /** In the file: often rounded up. */
  readonly size: number;
  readonly offset: number;
}

/** Where the parts of a PE program's header are, in bytes, and its sections in the order of their table. */
export interface PeHeader {
  readonly optional: number;
  /** Where the table of sections begins: behind the optional header. */
  readonly table: number;
  readonly sections: readonly PeSection[];
}

/** The header of a PE program; undefined for what is none, or is cut off. Source: Microsoft, PE Format. */
export function readPeHeader(program: Buffer): PeHeader | undefined {
  if (program.length < PE_POINTER + 4 || program.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = program.readUInt32LE(PE_POINTER);
  const optional = header + COFF;
  if (optional > program.length || program.toString('latin1', header, header + 4) !== 'PE\0\0') {
    return undefined;
  }
  const count = program.readUInt16LE(header + 6);
  const table = optional + program.readUInt16LE(header + 20);
  if (table + count * SECTION > program.length) return undefined;
  const sections = Array.from({ length: count }, (_, index) => readEntry(program, table + index * SECTION));
  return { optional, table, sections };
}

function readEntry(program: Buffer, at: number): PeSection {
  return {
    name: program.toString('latin1', at, at + 8).replace(/\0+$/, ''),
    virtualSize: program.readUInt32LE(at + 8),
    size: program.readUInt32LE(at + 16),
    offset: program.readUInt32LE(at + 20),
  };
}
