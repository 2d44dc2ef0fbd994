import { readAr, readNewc, readTar, readZip } from './archives.ts';
import { type ContentDifference, describeBytes, quoted } from './bytes.ts';
import { readElf } from './elf.ts';
import type { Member, Parts, PartsReader } from './member.ts';
import { readGzip, readPyc, readZstd } from './packed.ts';

const READERS: readonly PartsReader[] = [
  readElf,
  readAr,
  readGzip,
  readZstd,
  readTar,
  readNewc,
  readZip,
  readPyc,
];
/** An archive in an archive in an archive: deeper is no help to anyone. */
const MAX_DEPTH = 4;

/**
 * Where two contents of one file differ, down to the innermost member: sections of programs, members of
 * archives, what is compressed. At least one difference for contents that are not the same, none for equal
 * ones.
 */
export function compareContent(a: Buffer, b: Buffer, path: string, depth = 0): ContentDifference[] {
  if (a.equals(b)) return [];
  const parts = depth < MAX_DEPTH ? bothParts(a, b, path) : undefined;
  const found = parts === undefined ? [] : compareParts(parts[0], parts[1], depth);
  return found.length > 0 ? found : [{ member: '', detail: describeBytes(a, b) }];
}

function bothParts(a: Buffer, b: Buffer, path: string): [Parts, Parts] | undefined {
  for (const read of READERS) {
    const first = readOr(read, a, path);
    const second = first === undefined ? undefined : readOr(read, b, path);
    if (first !== undefined && second !== undefined) return [first, second];
  }
  return undefined;
}

/** What is damaged is compared byte by byte. */
function readOr(read: PartsReader, content: Buffer, path: string): Parts | undefined {
  try {
    return read(content, path);
  } catch {
    return undefined;
  }
}

function compareParts(a: Parts, b: Parts, depth: number): ContentDifference[] {
  const found = compareFacts('', a.facts, b.facts);
  const [first, second] = [numbered(a.members), numbered(b.members)];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  for (const name of names) {
    const [left, right] = [first.get(name), second.get(name)];
    if (left === undefined || right === undefined) {
      found.push({ member: name, detail: `only in the ${left === undefined ? 'second' : 'first'} build` });
      continue;
    }
    found.push(...compareFacts(name, left.facts, right.facts));
    for (const { member, detail } of compareContent(left.content, right.content, name, depth + 1)) {
      found.push({ member: member === '' ? name : `${name} > ${member}`, detail });
    }
  }
  if (found.length === 0 && [...first.keys()].join('\0') !== [...second.keys()].join('\0')) {
    const at = [...first.keys()].findIndex((name, index) => name !== [...second.keys()][index]);
    const [left, right] = [[...first.keys()][at]!, [...second.keys()][at]!];
    found.push({
      member: '',
      detail: `order of its members: ${quoted(left)} / ${quoted(right)} at place ${at + 1}`,
    });
  }
  return found;
}

function compareFacts(member: string, a: Parts['facts'], b: Parts['facts']): ContentDifference[] {
  return Object.keys(a)
    .filter((fact) => a[fact] !== b[fact])
    .map((fact) => ({ member, detail: `${fact} ${a[fact]} / ${b[fact]}` }));
}

/** Members by name; of several with one name each has its number. */
function numbered(members: readonly Member[]): Map<string, Member> {
  const found = new Map<string, Member>();
  for (const member of members) {
    let name = member.name;
    for (let count = 2; found.has(name); count += 1) name = `${member.name} (${count})`;
    found.set(name, member);
  }
  return found;
}
