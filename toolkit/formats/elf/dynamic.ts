import type { ElfFile } from '../../domain/elf.ts';
import { fileOffset, SECTION, SEGMENT, type Section, type Segment } from './tables.ts';
import { type ElfView, invalidElf } from './view.ts';

/** Tags of the dynamic section (elf.h). */
const DT = {
  null: 0,
  needed: 1,
  strings: 5,
  soname: 14,
  rpath: 15,
  textRelocations: 22,
  bindNow: 24,
  runpath: 29,
  flags: 30,
  flags1: 0x6ffffffb,
} as const;

const FLAG = { textRelocations: 4, bindNow: 8 } as const;
const FLAG_1 = { now: 1, pie: 0x08000000 } as const;

/** What the dynamic section says. */
export type DynamicSection = Pick<
  ElfFile,
  'soname' | 'needed' | 'rpath' | 'runpath' | 'bindsNow' | 'isPie' | 'hasTextRelocations'
>;

/** What holds of a file without a dynamic section. */
export const NOT_DYNAMIC: DynamicSection = {
  soname: undefined,
  needed: [],
  rpath: [],
  runpath: [],
  bindsNow: false,
  isPie: false,
  hasTextRelocations: false,
};

/** Reads the dynamic section, or undefined for a file without one. Throws `ELF_INVALID`. */
export function readDynamic(view: ElfView, segments: readonly Segment[]): DynamicSection | undefined {
  const segment = segments.find(({ type }) => type === SEGMENT.dynamic);
  if (segment === undefined || segment.fileSize === 0) {
    return undefined;
  }
  const width = view.bits / 8;
  const entries: { readonly tag: number; readonly value: number }[] = [];
  for (let at = segment.offset; at < segment.offset + segment.fileSize; at += width * 2) {
    const tag = view.word(at);
    if (tag === DT.null) {
      break;
    }
    entries.push({ tag, value: view.word(at + width) });
  }
  const values = (tag: number) => entries.filter((entry) => entry.tag === tag).map(({ value }) => value);
  const table = values(DT.strings)[0];
  const start = table === undefined ? undefined : fileOffset(segments, table);
  const strings = (tag: number) =>
    values(tag).map((value) => {
      if (start === undefined) {
        throw invalidElf('its dynamic section has no strings');
      }
      return view.string(start + value);
    });
  const paths = (tag: number) => strings(tag).flatMap((text) => text.split(':'));
  const flags = values(DT.flags)[0] ?? 0;
  const flags1 = values(DT.flags1)[0] ?? 0;
  return {
    soname: strings(DT.soname)[0],
    needed: strings(DT.needed),
    rpath: paths(DT.rpath),
    runpath: paths(DT.runpath),
    bindsNow: values(DT.bindNow).length > 0 || (flags & FLAG.bindNow) !== 0 || (flags1 & FLAG_1.now) !== 0,
    isPie: (flags1 & FLAG_1.pie) !== 0,
    hasTextRelocations: values(DT.textRelocations).length > 0 || (flags & FLAG.textRelocations) !== 0,
  };
}

/** Names of the undefined symbols of the dynamic symbol table, sorted, each once. Throws `ELF_INVALID`. */
export function readImports(view: ElfView, sections: readonly Section[]): string[] {
  const table = sections.find(({ type }) => type === SECTION.dynamicSymbols);
  const strings = table && sections[table.link];
  if (table === undefined || strings === undefined) {
    return [];
  }
  const wide = view.bits === 64;
  const size = wide ? 24 : 16;
  const names = new Set<string>();
  for (let at = table.offset; at + size <= table.offset + table.size; at += size) {
    const name = view.u32(at);
    const section = view.u16(at + (wide ? 6 : 14));
    if (section === 0 && name !== 0) {
      names.add(view.string(strings.offset + name));
    }
  }
  return [...names].sort();
}
