import { buildError } from '../../domain/errors.ts';
import { type PeSection, readPeHeader } from '../pe/index.ts';

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
  const header = readPeHeader(program);
  if (header === undefined || header.optional === header.table) {
    throw buildError('EFI_PROGRAM', 'what is to be signed is no EFI program');
  }
  const { optional, table, sections } = header;
  const directories = optional + (program.readUInt16LE(optional) === PE32_PLUS ? 112 : 96);
  const directory = directories + 4 * 8;
  if (directory + 8 > table || program.readUInt32LE(directories - 4) <= 4) {
    throw buildError('EFI_PROGRAM', 'the program has no place for a signature in its header');
  }
  checkSections(program, sections, program.readUInt32LE(optional + 60));
  const signedAt = program.readUInt32LE(directory);
  const checksum = optional + 64;
  return { checksum, directory, certificates: signedAt === 0 ? program.length : signedAt };
}

function checkSections(program: Buffer, sections: readonly PeSection[], headers: number): void {
  const inFile = sections.filter(({ size }) => size > 0).sort((a, b) => a.offset - b.offset);
  let end = headers;
  for (const { offset, size } of inFile) {
    if (offset !== end || offset + size > program.length) {
      throw buildError('EFI_PROGRAM', `the program's sections do not follow one another at byte ${end}`);
    }
    end = offset + size;
  }
}
