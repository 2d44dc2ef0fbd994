import { buildError } from '../../domain/errors.ts';

const PE_POINTER = 0x3c;
const COFF = 24;
const SECTION = 40;
const PE32_PLUS = 0x20b;

/** Places in a PE program that its signature has to know. Offsets in bytes. */
export interface ProgramPlaces {
  /** Checksum of the header: 4 bytes. */
  readonly checksum: number;
  /** Directory entry of the certificate table: its offset and size, 4 bytes each. */
  readonly directory: number;
  /** Where the certificate table is, or would be. */
  readonly certificates: number;
}

/**
 * Finds them. Throws `EFI_PROGRAM` for what is no PE program, and for one with gaps between its sections: firmware
 * would not hash these. Source: Microsoft, PE Format.
 */
export function programPlaces(program: Buffer): ProgramPlaces {
  if (program.length < PE_POINTER + 4 || program.toString('latin1', 0, 2) !== 'MZ') throw noProgram();
  const header = program.readUInt32LE(PE_POINTER);
  const optional = header + COFF;
  const optionalSize = header + COFF > program.length ? 0 : program.readUInt16LE(header + 20);
  const first = optional + optionalSize;
  const count = optionalSize === 0 ? 0 : program.readUInt16LE(header + 6);
  if (optionalSize === 0 || first + count * SECTION > program.length) throw noProgram();
  const directories = optional + (program.readUInt16LE(optional) === PE32_PLUS ? 112 : 96);
  const directory = directories + 4 * 8;
  if (directory + 8 > first || program.readUInt32LE(directories - 4) <= 4) {
    throw buildError('EFI_PROGRAM', 'the program has no place for a signature in its header');
  }
  checkSections(program, first, count, program.readUInt32LE(optional + 60));
  const signedAt = program.readUInt32LE(directory);
  const checksum = optional + 64;
  return { checksum, directory, certificates: signedAt === 0 ? program.length : signedAt };
}

function checkSections(program: Buffer, first: number, count: number, headers: number): void {
  const extents = [];
  for (let index = 0; index < count; index += 1) {
    const at = first + index * SECTION;
    const size = program.readUInt32LE(at + 16);
    if (size > 0) extents.push({ start: program.readUInt32LE(at + 20), size });
  }
  let end = headers;
  for (const { start, size } of extents.sort((a, b) => a.start - b.start)) {
    if (start !== end || start + size > program.length) {
      throw buildError('EFI_PROGRAM', `the program's sections do not follow one another at byte ${end}`);
    }
    end = start + size;
  }
}

function noProgram(): Error {
  return buildError('EFI_PROGRAM', 'what is to be signed is no EFI program');
}
