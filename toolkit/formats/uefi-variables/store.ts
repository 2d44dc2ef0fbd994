import { buildError } from '../../domain/errors.ts';
import { roundUp } from '../../domain/round.ts';
import { guidFromBytes, guidToBytes } from '../../domain/uuid.ts';

/** EFI_SYSTEM_NV_DATA_FV and the store of authenticated variables in it. */
const VOLUME = 'fff12b8d-7696-4c8b-a985-2747075b4f50';
const STORE = 'aaf32c78-947b-439a-a180-2e144ec37792';
/** Store is formatted and healthy; variable is added, and then not deleted. */
const STORE_STATE = 0xfe5a;
const VARIABLE = 0x55aa;
const ADDED = 0x3f;
const STORE_HEADER = 28;
const HEADER = 60;
const TIME = 16;
const ALIGNMENT = 4;

export interface UefiVariable {
  readonly name: string;
  /** GUID of who defines it. */
  readonly vendor: string;
  /** As UEFI's GetVariable tells them. */
  readonly attributes: number;
  readonly data: Uint8Array;
}

interface StorePlaces {
  /** Offset of each variable's header; the last is where the next one goes. */
  readonly offsets: readonly number[];
  readonly end: number;
}

/**
 * Variables that count in a file of firmware variables, as QEMU's flash holds it. Throws `UEFI_VARIABLES`.
 * Source: EDK II, MdeModulePkg/Include/Guid/VariableFormat.h; UEFI Platform Initialization 1.7, III.3.
 */
export function readVariables(file: Buffer): UefiVariable[] {
  const { offsets } = placesOf(file);
  return offsets
    .slice(0, -1)
    .filter((at) => file[at + 2] === ADDED)
    .map((at) => {
      const [nameSize, dataSize] = sizesAt(file, at);
      const name = at + HEADER;
      return {
        name: file.toString('utf16le', name, name + nameSize - 2),
        vendor: guidFromBytes(file.subarray(at + 44, at + 60)),
        attributes: file.readUInt32LE(at + 4),
        data: file.subarray(name + nameSize, name + nameSize + dataSize),
      };
    });
}

/** The file with some more variables, which it must not have yet; they have no time. Throws `UEFI_VARIABLES`. */
export function withVariables(file: Buffer, variables: readonly UefiVariable[]): Buffer {
  const made = Buffer.from(file);
  const { offsets, end } = placesOf(made);
  const known = new Set(readVariables(made).map(({ name, vendor }) => `${vendor} ${name}`));
  let at = offsets.at(-1)!;
  for (const variable of variables) {
    if (known.has(`${variable.vendor} ${variable.name}`)) throw storeError(`${variable.name} is set already`);
    const bytes = encode(variable);
    if (at + bytes.length > end) throw storeError('there is no room for more variables');
    made.set(bytes, at);
    at = roundUp(at + bytes.length, ALIGNMENT);
  }
  return made;
}

function encode({ name, vendor, attributes, data }: UefiVariable): Buffer {
  const text = Buffer.from(`${name}\0`, 'utf16le');
  const header = Buffer.alloc(HEADER);
  header.writeUInt16LE(VARIABLE, 0);
  header[2] = ADDED;
  header.writeUInt32LE(attributes, 4);
  // A counter of 8 bytes, a time, and the number of a key.
  const sizes = 4 + 4 + 8 + TIME + 4;
  header.writeUInt32LE(text.length, sizes);
  header.writeUInt32LE(data.length, sizes + 4);
  header.set(guidToBytes(vendor), sizes + 8);
  return Buffer.concat([header, text, data]);
}

function placesOf(file: Buffer): StorePlaces {
  if (file.length < 0x48 || guidFromBytes(file.subarray(16, 32)) !== VOLUME) {
    throw storeError('it is no volume of variables');
  }
  const start = file.readUInt16LE(48);
  const isStore =
    start + STORE_HEADER <= file.length && guidFromBytes(file.subarray(start, start + 16)) === STORE;
  if (!isStore || file.readUInt16LE(start + 20) !== STORE_STATE) {
    throw storeError('its variables are not authenticated ones');
  }
  const end = Math.min(file.length, start + file.readUInt32LE(start + 16));
  const offsets = [start + STORE_HEADER];
  for (let at = offsets[0]!; at + HEADER <= end && file.readUInt16LE(at) === VARIABLE; ) {
    const [nameSize, dataSize] = sizesAt(file, at);
    at = roundUp(at + HEADER + nameSize + dataSize, ALIGNMENT);
    if (at > end) throw storeError('a variable reaches beyond its end');
    offsets.push(at);
  }
  return { offsets, end };
}

function sizesAt(file: Buffer, at: number): readonly [name: number, data: number] {
  return [file.readUInt32LE(at + 36), file.readUInt32LE(at + 40)];
}

function storeError(what: string): Error {
  return buildError('UEFI_VARIABLES', `the file of UEFI variables cannot be used: ${what}`, {
    hint: "Install the firmware of the distribution anew, such as Debian's ovmf.",
  });
}
