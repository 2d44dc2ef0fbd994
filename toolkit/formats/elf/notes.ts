import { roundUp } from '../../domain/round.ts';
import { SEGMENT, type Segment } from './tables.ts';
import type { ElfView } from './view.ts';

const NOTE = { buildId: 3, properties: 5 } as const;
/** GNU_PROPERTY_X86_FEATURE_1_AND and its bits (x86-64 psABI). */
const X86_FEATURES = 0xc0000002;
const FEATURE = { ibt: 1, shadowStack: 2 } as const;

/** What the GNU notes of a file say. */
export interface GnuNotes {
  readonly buildId: string | undefined;
  readonly features: { readonly ibt: boolean; readonly shadowStack: boolean };
}

/** Reads the notes that are loaded with a program. Throws `ELF_INVALID`. */
export function readNotes(view: ElfView, segments: readonly Segment[]): GnuNotes {
  let buildId: string | undefined;
  let features = 0;
  for (const segment of segments.filter(({ type }) => type === SEGMENT.note || type === SEGMENT.property)) {
    const align = segment.align === 8 ? 8 : 4;
    const end = segment.offset + segment.fileSize;
    for (let at = segment.offset; at + 12 <= end; ) {
      const nameSize = view.u32(at);
      const size = view.u32(at + 4);
      const type = view.u32(at + 8);
      const isGnu = nameSize === 4 && view.bytes(at + 12, 4).toString('latin1') === 'GNU\0';
      const start = roundUp(at + 12 + nameSize - segment.offset, align) + segment.offset;
      if (isGnu && type === NOTE.buildId) {
        buildId = view.bytes(start, size).toString('hex');
      } else if (isGnu && type === NOTE.properties) {
        features |= x86Features(view, start, size);
      }
      at = roundUp(start + size - segment.offset, align) + segment.offset;
    }
  }
  return {
    buildId,
    features: {
      ibt: (features & FEATURE.ibt) !== 0,
      shadowStack: (features & FEATURE.shadowStack) !== 0,
    },
  };
}

function x86Features(view: ElfView, start: number, size: number): number {
  const align = view.bits / 8;
  for (let at = start; at + 8 <= start + size; ) {
    const length = view.u32(at + 4);
    if (view.u32(at) === X86_FEATURES && length >= 4) {
      return view.u32(at + 8);
    }
    at += roundUp(8 + length, align);
  }
  return 0;
}
