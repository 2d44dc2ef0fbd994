const PE_POINTER = 0x3c;
const COFF = 24;
const SECTION = 40;

/**
 * Bytes of a section of a PE program, such as `.cmdline` of a unified kernel image; undefined where it has none,
 * or is no such program. Source: Microsoft, PE Format.
 */
export function readSection(program: Buffer, name: string): Buffer | undefined {
  if (program.length < PE_POINTER + 4 || program.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = program.readUInt32LE(PE_POINTER);
  if (header + COFF > program.length || program.toString('latin1', header, header + 4) !== 'PE\0\0') {
    return undefined;
  }
  const count = program.readUInt16LE(header + 6);
  const first = header + COFF + program.readUInt16LE(header + 20);
  for (let index = 0; index < count; index += 1) {
    const at = first + index * SECTION;
    if (at + SECTION > program.length) return undefined;
    if (program.toString('latin1', at, at + 8).replace(/\0+$/, '') !== name) continue;
    // What is in the file is rounded up.
    const size = Math.min(program.readUInt32LE(at + 8), program.readUInt32LE(at + 16));
    const offset = program.readUInt32LE(at + 20);
    return offset + size > program.length ? undefined : program.subarray(offset, offset + size);
  }
  return undefined;
}
