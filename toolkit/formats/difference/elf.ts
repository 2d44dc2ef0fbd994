import type { Member, Parts } from './member.ts';

/** SHT_NOBITS: a section without bytes in the file. */
const NOBITS = 8;
const BUILD_ID = '.note.gnu.build-id';

/**
 * Sections of a program or library, in its order; the build id, which only follows from the others, last.
 * Source: elf(5).
 */
export function readElf(content: Buffer): Parts | undefined {
  if (content.length < 64 || content.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const is64 = content[4] === 2;
  const isLittle = content[5] === 1;
  const half = (at: number) => (isLittle ? content.readUInt16LE(at) : content.readUInt16BE(at));
  const word = (at: number) => (isLittle ? content.readUInt32LE(at) : content.readUInt32BE(at));
  const wide = (at: number) =>
    is64 ? Number(isLittle ? content.readBigUInt64LE(at) : content.readBigUInt64BE(at)) : word(at);
  const table = wide(is64 ? 0x28 : 0x20);
  const [entrySize, count, namesAt] = is64
    ? [half(0x3a), half(0x3c), half(0x3e)]
    : [half(0x2e), half(0x30), half(0x32)];
  if (count === 0 || entrySize < (is64 ? 64 : 40) || table + count * entrySize > content.length) {
    return undefined;
  }
  const sections = Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize;
    const offset = wide(at + (is64 ? 0x18 : 0x10));
    const size = wide(at + (is64 ? 0x20 : 0x14));
    const bytes = word(at + 4) === NOBITS ? Buffer.alloc(0) : content.subarray(offset, offset + size);
    return { name: word(at), bytes };
  });
  const names = sections[namesAt]?.bytes ?? Buffer.alloc(0);
  const members = sections.slice(1).map(({ name, bytes }): Member => {
    const end = names.indexOf(0, name);
    return {
      name: names.toString('latin1', name, end === -1 ? names.length : end),
      facts: {},
      content: bytes,
    };
  });
  members.sort((a, b) => Number(a.name === BUILD_ID) - Number(b.name === BUILD_ID));
  const entry = wide(0x18);
  return { facts: { type: half(0x10), machine: half(0x12), entry }, members };
}
