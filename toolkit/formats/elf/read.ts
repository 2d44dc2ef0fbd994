import type { ElfFile } from '../../domain/elf.ts';
import { NOT_DYNAMIC, readDynamic, readImports } from './dynamic.ts';
import { readNotes } from './notes.ts';
import { readSections, readSegments, SECTION, SEGMENT, SEGMENT_FLAG, type Segment } from './tables.ts';
import { ElfView, invalidElf } from './view.ts';

const MAGIC = Buffer.from('7f454c46', 'hex');

/** Whether bytes begin like an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/**
 * Reads what `ElfFile` tells of a whole file in memory, of any byte order and width. Throws `ELF_INVALID` for
 * bytes that are no ELF file or are cut short. Source: System V ABI, chapters 4 and 5; elf(5).
 */
export function readElf(bytes: Buffer): ElfFile {
  if (!isElf(bytes) || bytes.length < 20) {
    throw invalidElf('wrong magic');
  }
  const [width, order] = [bytes[4], bytes[5]];
  if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2)) {
    throw invalidElf(`class ${width} with byte order ${order}`);
  }
  const view = new ElfView(bytes, width === 2 ? 64 : 32, order === 1);
  const segments = readSegments(view);
  const sections = readSections(view);
  const dynamic = readDynamic(view, segments);
  const { buildId, features } = readNotes(view, segments);
  const interpreter = segments.find(({ type }) => type === SEGMENT.interpreter);
  return {
    bits: view.bits,
    machine: view.u16(18),
    type: fileType(view.u16(16)),
    interpreter: interpreter && view.string(interpreter.offset),
    isDynamic: dynamic !== undefined,
    ...(dynamic ?? NOT_DYNAMIC),
    hasRelro: segments.some(({ type }) => type === SEGMENT.relro),
    stack: stackOf(segments),
    hasWritableCode: segments.some(
      ({ type, flags }) =>
        type === SEGMENT.load && (flags & SEGMENT_FLAG.write) !== 0 && (flags & SEGMENT_FLAG.execute) !== 0,
    ),
    hasSymbolTable: sections.some(({ type }) => type === SECTION.symbols),
    // What objcopy --only-keep-debug left has sections without bytes; those count: they are debug files.
    hasDebugInfo: sections.some(({ name }) => /^\.z?debug_/.test(name)),
    isKernelModule: sections.some(({ name }) => name === '.modinfo'),
    imports: readImports(view, sections),
    cet: features,
    ...readCode(view, segments),
    buildId,
  };
}

function fileType(number: number): ElfFile['type'] {
  return ({ 1: 'relocatable', 2: 'executable', 3: 'shared' } as const)[number] ?? 'other';
}

function stackOf(segments: readonly Segment[]): ElfFile['stack'] {
  const stack = segments.find(({ type }) => type === SEGMENT.stack);
  if (stack === undefined) {
    return 'absent';
  }
  return (stack.flags & SEGMENT_FLAG.execute) === 0 ? 'plain' : 'executable';
}

const ENDBR64 = Buffer.from('f30f1efa', 'hex');

/** Counts where indirect jumps may land, which -fcf-protection marks. */
function readCode(view: ElfView, segments: readonly Segment[]): Pick<ElfFile, 'codeSize' | 'landingPads'> {
  let [codeSize, landingPads] = [0, 0];
  for (const { type, flags, offset, fileSize } of segments) {
    if (type !== SEGMENT.load || (flags & SEGMENT_FLAG.execute) === 0) {
      continue;
    }
    const code = view.bytes(offset, fileSize);
    codeSize += fileSize;
    for (let at = code.indexOf(ENDBR64); at !== -1; at = code.indexOf(ENDBR64, at + ENDBR64.length)) {
      landingPads += 1;
    }
  }
  return { codeSize, landingPads };
}
