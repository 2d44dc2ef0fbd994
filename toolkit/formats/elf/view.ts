import { buildError } from '../../domain/errors.ts';

/** Reports bytes that are no whole ELF file. */
export function invalidElf(what: string): Error {
  return buildError('ELF_INVALID', `ELF file: ${what}.`, {
    hint: 'Build the package again, or look at the file with readelf: it is damaged.',
  });
}

/** Numbers and strings of a file in its own byte order and width. Reading outside throws `ELF_INVALID`. */
export class ElfView {
  readonly bits: 32 | 64;
  readonly size: number;
  readonly #bytes: Buffer;
  readonly #isLittle: boolean;

  constructor(bytes: Buffer, bits: 32 | 64, isLittle: boolean) {
    this.#bytes = bytes;
    this.#isLittle = isLittle;
    this.bits = bits;
    this.size = bytes.length;
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** A number as wide as the file's addresses; one that no file offset can be is the largest safe integer. */
  word(at: number): number {
    if (this.bits === 32) {
      return this.u32(at);
    }
    this.#check(at, 8);
    const value = this.#isLittle ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  }

  byte(at: number): number {
    this.#check(at, 1);
    return this.#bytes.readUInt8(at);
  }

  /** The string that starts at `at` and ends with a NUL. */
  string(at: number): string {
    this.#check(at, 1);
    const end = this.#bytes.indexOf(0, at);
    if (end === -1) {
      throw invalidElf(`the string at ${at} has no end`);
    }
    return this.#bytes.toString('latin1', at, end);
  }

  bytes(at: number, length: number): Buffer {
    this.#check(at, length);
    return this.#bytes.subarray(at, at + length);
  }

  #check(at: number, length: number): void {
    if (at < 0 || length < 0 || at + length > this.size) {
      throw invalidElf(`${length} bytes at ${at} are outside of its ${this.size}`);
    }
  }
}
