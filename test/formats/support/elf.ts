/** What a made ELF file has: 64 bits, little endian. Everything that is not said is left out. */
export interface ElfParts {
  readonly type?: 'relocatable' | 'executable' | 'shared';
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  readonly flags?: number;
  readonly flags1?: number;
  readonly stack?: 'executable' | 'plain';
  readonly relro?: boolean;
  readonly code?: Buffer;
  readonly codeFlags?: number;
  /** Bits of GNU_PROPERTY_X86_FEATURE_1_AND. */
  readonly features?: number;
  readonly sections?: readonly string[];
}

const HEADER = 64;
const PROGRAM_HEADER = 56;
const TYPES = { relocatable: 1, executable: 2, shared: 3 } as const;

/** Makes an ELF file of x86-64 that is loaded at 0; what readers look at, and nothing more. */
export function makeElf(parts: ElfParts = {}): Buffer {
  const { type = 'shared', code = Buffer.alloc(16), codeFlags = 5 } = parts;
  const strings = ['\0'];
  const stringAt = (text: string) => {
    const at = strings.join('').length;
    strings.push(`${text}\0`);
    return at;
  };
  const named: readonly (readonly [number, readonly string[]])[] = [
    [1, parts.needed ?? []],
    [14, parts.soname === undefined ? [] : [parts.soname]],
    [15, parts.rpath === undefined ? [] : [parts.rpath]],
    [29, parts.runpath === undefined ? [] : [parts.runpath]],
  ];
  const dynamic = named.flatMap(([tag, texts]) => texts.map((text) => [tag, stringAt(text)] as const));
  const numbers = [
    [30, parts.flags ?? 0],
    [0x6ffffffb, parts.flags1 ?? 0],
  ] as const;
  const hasDynamic = dynamic.length > 0 || numbers.some(([, value]) => value !== 0);
  const blobs: { type: number; flags: number; bytes: (at: number) => Buffer }[] = [
    { type: 1, flags: codeFlags, bytes: () => code },
  ];
  if (parts.interpreter !== undefined) {
    const bytes = Buffer.from(`${parts.interpreter}\0`);
    blobs.push({ type: 3, flags: 4, bytes: () => bytes });
  }
  if (parts.features !== undefined) {
    const bytes = words32(4, 16, 5, 0x00554e47, 0xc0000002, 4, parts.features, 0);
    blobs.push({ type: 4, flags: 4, bytes: () => bytes });
  }
  if (hasDynamic) {
    const text = Buffer.from(strings.join(''), 'latin1');
    const entries = (at: number) => [...dynamic, ...numbers, [5, at + 16 * (dynamic.length + 4)], [0, 0]];
    blobs.push({
      type: 2,
      flags: 6,
      bytes: (at) => Buffer.concat([words64(...entries(at).flat()), text]),
    });
  }
  if (parts.stack !== undefined) {
    blobs.push({ type: 0x6474e551, flags: parts.stack === 'plain' ? 6 : 7, bytes: () => Buffer.alloc(0) });
  }
  if (parts.relro === true) blobs.push({ type: 0x6474e552, flags: 4, bytes: () => Buffer.alloc(0) });
  const count = blobs.length + (hasDynamic ? 1 : 0);
  const programHeaders: Buffer[] = [];
  const contents: Buffer[] = [];
  let at = HEADER + PROGRAM_HEADER * count;
  const add = (segment: number, flags: number, size: number) =>
    programHeaders.push(
      Buffer.concat([words32(segment, flags), words64(at, at, at, size, size, segment === 4 ? 8 : 1)]),
    );
  for (const blob of blobs) {
    const bytes = pad(blob.bytes(at));
    add(blob.type, blob.flags, bytes.length);
    // The strings of the dynamic section are found by their address.
    if (blob.type === 2) add(1, 6, bytes.length);
    contents.push(bytes);
    at += bytes.length;
  }
  const sections = sectionTable(parts.sections ?? [], at);
  const head = Buffer.concat([
    Buffer.from('7f454c46020101000000000000000000', 'hex'),
    words16(TYPES[type], 62),
    words32(1),
    words64(0, HEADER, sections.start),
    words32(0),
    words16(HEADER, PROGRAM_HEADER, count, 64, sections.count, sections.count === 0 ? 0 : 1),
  ]);
  return Buffer.concat([head, ...programHeaders, ...contents, sections.bytes]);
}

function sectionTable(names: readonly string[], at: number) {
  if (names.length === 0) return { start: 0, count: 0, bytes: Buffer.alloc(0) };
  const text = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`, 'latin1');
  const header = (name: number, type: number, offset: number, size: number) =>
    Buffer.concat([words32(name, type), words64(0, 0, offset, size), words32(0, 0), words64(1, 0)]);
  const own = names.map((name) => {
    const type = name === '.symtab' ? 2 : 1;
    return header(text.indexOf(`\0${name}\0`) + 1, type, at, 0);
  });
  const bytes = Buffer.concat([pad(text), header(0, 0, 0, 0), header(0, 3, at, text.length), ...own]);
  return { start: at + pad(text).length, count: names.length + 2, bytes };
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);
}

function words16(...values: readonly number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}

function words32(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function words64(...values: readonly number[]): Buffer {
  return Buffer.from(BigUint64Array.from(values.map(BigInt)).buffer);
}
