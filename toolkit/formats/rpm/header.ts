import { buildError } from '../../domain/errors.ts';

/** What the first 16 bytes of a header say about the rest. */
export interface HeaderIntro {
  readonly entryCount: number;
  readonly storeSize: number;
}

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

export const HEADER_INTRO_SIZE = 16;
const ENTRY_SIZE = 16;
const MAGIC = Buffer.from('8eade801', 'hex');
/** Bytes of one value: CHAR, INT8, INT16, INT32, INT64, then BIN. */
const VALUE_SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1 };
const BINARY = 7;
const STRING_TYPES: readonly number[] = [6, 8, 9];

/** Reports a header that cannot be what rpm wrote. */
export function invalidHeader(what: string): Error {
  return buildError('RPM_INVALID', `RPM header: ${what}.`, {
    hint: 'Fetch or build the RPM again: the file is damaged, or it is no RPM.',
  });
}

/**
 * Reads the intro of a header and holds it to `limits`, which are rpm's own. Throws `RPM_INVALID`.
 * Source: rpm docs/manual/format_header.md, lib/header.c.
 */
export function parseHeaderIntro(bytes: Buffer, limits: HeaderIntro): HeaderIntro {
  if (!bytes.subarray(0, 4).equals(MAGIC)) {
    throw invalidHeader('wrong magic');
  }
  const entryCount = bytes.readUInt32BE(8);
  const storeSize = bytes.readUInt32BE(12);
  if (entryCount === 0 || entryCount > limits.entryCount || storeSize > limits.storeSize) {
    throw invalidHeader(`${entryCount} entries with ${storeSize} bytes are out of bounds`);
  }
  return { entryCount, storeSize };
}

/** Bytes of index and store: what follows the intro. */
export function headerBodySize(intro: HeaderIntro): number {
  return intro.entryCount * ENTRY_SIZE + intro.storeSize;
}

/** A header's values by tag. Every access is checked against the store's bounds. */
export class RpmHeader {
  readonly #entries = new Map<number, Entry>();
  readonly #store: Buffer;

  /** `body` is the index and the store. Throws `RPM_INVALID` when an entry points outside. */
  constructor(intro: HeaderIntro, body: Buffer) {
    this.#store = body.subarray(intro.entryCount * ENTRY_SIZE);
    for (let index = 0; index < intro.entryCount; index += 1) {
      const at = index * ENTRY_SIZE;
      const tag = body.readUInt32BE(at);
      const entry = {
        type: body.readUInt32BE(at + 4),
        offset: body.readUInt32BE(at + 8),
        count: body.readUInt32BE(at + 12),
      };
      this.#check(tag, entry);
      if (!this.#entries.has(tag)) {
        this.#entries.set(tag, entry);
      }
    }
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** All tags, ascending. */
  tags(): number[] {
    return [...this.#entries.keys()].sort((a, b) => a - b);
  }

  /** Values of a tag of any type, to be compared and shown; bytes without a type as one hexadecimal text. */
  texts(tag: number): string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) {
      return [];
    }
    if (STRING_TYPES.includes(entry.type)) {
      return this.strings(tag);
    }
    if (entry.type === BINARY) {
      return [this.#store.toString('hex', entry.offset, entry.offset + entry.count)];
    }
    return this.integers(tag).map(String);
  }

  /** Strings as their bytes; an absent tag has none. Of a translated string, all translations. */
  byteStrings(tag: number): Buffer[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) {
      return [];
    }
    if (!STRING_TYPES.includes(entry.type)) {
      throw invalidHeader(`tag ${tag} has type ${entry.type} instead of strings`);
    }
    const strings: Buffer[] = [];
    let at = entry.offset;
    for (let index = 0; index < entry.count; index += 1) {
      const end = this.#store.indexOf(0, at);
      if (end === -1) {
        throw invalidHeader(`a string of tag ${tag} has no end`);
      }
      strings.push(this.#store.subarray(at, end));
      at = end + 1;
    }
    return strings;
  }

  /** Strings as text: UTF-8, or latin1 where the bytes are not UTF-8. */
  strings(tag: number): string[] {
    return this.byteStrings(tag).map(decodeText);
  }

  /** The first string (of a translated one: the C locale's), or the empty text. */
  string(tag: number): string {
    return this.strings(tag)[0] ?? '';
  }

  /** Unsigned integers; an absent tag has none. Throws `RPM_INVALID` above 2^53. */
  integers(tag: number): number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) {
      return [];
    }
    const read = this.#integerReader(tag, entry.type);
    const size = VALUE_SIZES[entry.type] ?? 1;
    return Array.from({ length: entry.count }, (_, index) => read(entry.offset + index * size));
  }

  integer(tag: number): number | undefined {
    return this.integers(tag)[0];
  }

  #integerReader(tag: number, type: number): (at: number) => number {
    switch (type) {
      case 1:
      case 2:
        return (at) => this.#store.readUInt8(at);
      case 3:
        return (at) => this.#store.readUInt16BE(at);
      case 4:
        return (at) => this.#store.readUInt32BE(at);
      case 5:
        return (at) => safeInteger(tag, this.#store.readBigUInt64BE(at));
      default:
        throw invalidHeader(`tag ${tag} has type ${type} instead of integers`);
    }
  }

  #check(tag: number, { type, offset, count }: Entry): void {
    const left = this.#store.length - offset;
    const size = VALUE_SIZES[type] ?? 1;
    if (type > 9 || count === 0 || left <= 0 || count * size > left) {
      throw invalidHeader(`tag ${tag} (type ${type}, ${count} values at ${offset}) is out of bounds`);
    }
  }
}

/** UTF-8, or latin1 where the bytes are not UTF-8: old packages carry both. */
function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes)
    ? bytes.toString('latin1')
    : text;
}

function safeInteger(tag: number, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalidHeader(`tag ${tag} holds ${value}`);
  }
  return Number(value);
}
