import { type ElfView, invalidElf } from './view.ts';

/** A program header. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly align: number;
}

/** A section header. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the section with its strings. */
  readonly link: number;
}

/** Types of segments. */
export const SEGMENT = {
  load: 1,
  dynamic: 2,
  interpreter: 3,
  note: 4,
  stack: 0x6474e551,
  relro: 0x6474e552,
  property: 0x6474e553,
} as const;

export const SEGMENT_FLAG = { execute: 1, write: 2 } as const;

/** Types of sections. */
export const SECTION = { symbols: 2, noBits: 8, dynamicSymbols: 11 } as const;

/** Largest number of entries that is taken for true. */
const MOST = 0xffff;

/** Program headers, in the file's order. */
export function readSegments(view: ElfView): Segment[] {
  const wide = view.bits === 64;
  const start = view.word(wide ? 32 : 28);
  const size = view.u16(wide ? 54 : 42);
  const count = view.u16(wide ? 56 : 44);
  if (count === 0) {
    return [];
  }
  if (size !== (wide ? 56 : 32)) {
    throw invalidElf(`a program header has ${size} bytes`);
  }
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return wide
      ? {
          type: view.u32(at),
          flags: view.u32(at + 4),
          offset: view.word(at + 8),
          address: view.word(at + 16),
          fileSize: view.word(at + 32),
          align: view.word(at + 48),
        }
      : {
          type: view.u32(at),
          flags: view.u32(at + 24),
          offset: view.word(at + 4),
          address: view.word(at + 8),
          fileSize: view.word(at + 16),
          align: view.word(at + 28),
        };
  });
}

/** Section headers, in the file's order; none where the file was linked or stripped without them. */
export function readSections(view: ElfView): Section[] {
  const wide = view.bits === 64;
  const start = view.word(wide ? 40 : 32);
  if (start === 0) {
    return [];
  }
  const size = view.u16(wide ? 58 : 46);
  if (size !== (wide ? 64 : 40)) {
    throw invalidElf(`a section header has ${size} bytes`);
  }
  // More sections than 16 bits count stand in the first header.
  const count = view.u16(wide ? 60 : 48) || view.word(start + (wide ? 32 : 20));
  if (count > MOST * 16 || start + count * size > view.size) {
    throw invalidElf(`${count} section headers at ${start} are outside of its ${view.size} bytes`);
  }
  const declared = view.u16(wide ? 62 : 50);
  const raw = Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      name: view.u32(at),
      type: view.u32(at + 4),
      offset: view.word(at + (wide ? 24 : 16)),
      size: view.word(at + (wide ? 32 : 20)),
      link: view.u32(at + (wide ? 40 : 24)),
    };
  });
  const names = raw[declared === MOST ? (raw[0]?.link ?? 0) : declared];
  return raw.map((section) => ({
    ...section,
    name: names === undefined || names.size === 0 ? '' : view.string(names.offset + section.name),
  }));
}

/** Where in the file an address lies, or undefined when nothing of the file is loaded there. */
export function fileOffset(segments: readonly Segment[], address: number): number | undefined {
  const holder = segments.find(
    (segment) =>
      segment.type === SEGMENT.load &&
      address >= segment.address &&
      address < segment.address + segment.fileSize,
  );
  return holder && holder.offset + (address - holder.address);
}
