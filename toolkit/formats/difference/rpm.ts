import type { PackageDifference } from '../../domain/difference.ts';
import { ToolkitError } from '../../domain/errors.ts';
import { byCodeUnit } from '../../domain/text.ts';
import {
  type RpmFile,
  type RpmHeaders,
  readFiles,
  readPayload,
  readRpmHeaders,
  TAG,
  tagName,
} from '../rpm/index.ts';
import type { ByteSource } from '../source.ts';
import { quoted } from './bytes.ts';
import { compareContent } from './content.ts';
import { timeFact } from './member.ts';

/** A larger file is only said to differ. */
const MAX_CONTENT = 256 * 1024 * 1024;
/** More differences of one file tell nothing new. */
const MOST = 8;

/** One value for each file: told by file, not by tag. */
const FILE_TAGS: ReadonlySet<number> = new Set([
  ...[TAG.oldFileNames, TAG.fileSizes, TAG.fileModes, TAG.fileRdevs, TAG.fileMtimes, TAG.fileDigests],
  ...[TAG.fileLinkTos, TAG.fileFlags, TAG.fileUserName, TAG.fileGroupName, TAG.fileDevices],
  ...[TAG.fileInodes, TAG.dirIndexes, TAG.baseNames, TAG.dirNames, TAG.longFileSizes, TAG.fileCaps],
  // Language, colour, class, dependencies and verify flags of each file.
  ...[1045, 1097, 1140, 1141, 1142, 1143, 1144, 1145],
]);
/** What follows from the files and the other tags: digests, sizes, signatures. */
const DERIVED_TAGS: ReadonlySet<number> = new Set([
  ...[62, 63, 257, 261, 264, 268, 269, 273],
  ...[TAG.size, TAG.archiveSize, TAG.longSize, 5092, 5097],
]);

/**
 * Names what differs between two RPMs: tags of the header, files, and what is inside them. What only
 * follows from something else (digests, sizes) is told only when nothing else is found. At least one
 * difference, whatever the two are: they are not asked whether they are the same. Throws `RPM_INVALID`, `RPM_TRUNCATED`, `CPIO_INVALID`.
 */
export async function compareRpms(a: ByteSource, b: ByteSource): Promise<PackageDifference[]> {
  const [first, second] = [await readRpmHeaders(a), await readRpmHeaders(b)];
  const [ours, theirs] = [byPath(first), byPath(second)];
  const found = compareTags(first, second, (tag) => !FILE_TAGS.has(tag) && !DERIVED_TAGS.has(tag));
  const contents = new Set<string>();
  for (const path of [...new Set([...ours.keys(), ...theirs.keys()])].sort(byCodeUnit)) {
    const [left, right] = [ours.get(path), theirs.get(path)];
    if (left === undefined || right === undefined) {
      const detail = `only in the ${left === undefined ? 'second' : 'first'} build`;
      found.push({ what: 'file', name: path, member: '', detail });
      continue;
    }
    for (const detail of compareFacts(left, right))
      found.push({ what: 'file', name: path, member: '', detail });
    if (left.digest !== right.digest && left.digest !== '' && right.digest !== '') contents.add(path);
  }
  if (contents.size > 0) found.push(...(await compareContents([a, first], [b, second], contents)));
  return found.length > 0 ? found : await compareTheRest([a, first], [b, second]);
}

type Opened = readonly [ByteSource, RpmHeaders];

function byPath({ main }: RpmHeaders): Map<string, RpmFile> {
  return new Map(readFiles(main).map((file) => [Buffer.from(file.path).toString('utf8'), file]));
}

function compareTags(a: RpmHeaders, b: RpmHeaders, isWanted: (tag: number) => boolean): PackageDifference[] {
  const tags = [...new Set([...a.main.tags(), ...b.main.tags()])].sort((left, right) => left - right);
  return tags.filter(isWanted).flatMap((tag) => {
    const [left, right] = [a.main.texts(tag), b.main.texts(tag)];
    const at = Array.from({ length: Math.max(left.length, right.length) }).findIndex(
      (_, index) => left[index] !== right[index],
    );
    if (at === -1) return [];
    const shown = (texts: readonly string[]) =>
      at < texts.length
        ? tag === TAG.buildTime
          ? timeFact(Number(texts[at]))
          : quoted(texts[at]!)
        : 'nothing';
    return [{ what: 'tag', name: tagName(tag), member: '', detail: `${shown(left)} / ${shown(right)}` }];
  });
}

function compareFacts(a: RpmFile, b: RpmFile): string[] {
  const facts = (file: RpmFile) => ({
    mode: file.mode.toString(8).padStart(6, '0'),
    owner: file.user,
    group: file.group,
    time: timeFact(file.mtime),
    'link to': Buffer.from(file.linkTo).toString('utf8'),
    device: `${file.device.major},${file.device.minor}`,
    flags: String(file.flags),
    capabilities: file.caps,
  });
  const [left, right] = [Object.entries(facts(a)), Object.entries(facts(b))];
  return left.flatMap(([fact, value], index) => {
    const other = right[index]![1];
    return value === other ? [] : [`${fact} ${value || 'none'} / ${other || 'none'}`];
  });
}

async function compareContents(
  [a, first]: Opened,
  [b, second]: Opened,
  paths: ReadonlySet<string>,
): Promise<PackageDifference[]> {
  let pair: [Map<string, Buffer>, Map<string, Buffer>];
  try {
    pair = [await contentsOf(a, first, paths), await contentsOf(b, second, paths)];
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    pair = [new Map(), new Map()];
  }
  return [...paths].flatMap((path) => {
    const [left, right] = [pair[0].get(path), pair[1].get(path)];
    if (left === undefined || right === undefined) {
      return [
        { what: 'file' as const, name: path, member: '', detail: 'its content, which cannot be looked into' },
      ];
    }
    const all = compareContent(left, right, path);
    const told = all.slice(0, MOST).map((one) => ({ what: 'file' as const, name: path, ...one }));
    const rest = all.length - told.length;
    const more = { what: 'file' as const, name: path, member: '', detail: `and ${rest} more places` };
    return rest === 0 ? told : [...told, more];
  });
}

/** Contents of some files. Of hard links only the last in the payload has bytes: they count for all. */
async function contentsOf(
  source: ByteSource,
  headers: RpmHeaders,
  paths: ReadonlySet<string>,
): Promise<Map<string, Buffer>> {
  const files = byPath(headers);
  const inodeOf = (path: string) => {
    const { inode = 0, deviceNumber = 0 } = files.get(path) ?? {};
    return inode === 0 ? path : `${deviceNumber} ${inode}`;
  };
  const wanted = new Map<string, string[]>();
  for (const path of paths) wanted.set(inodeOf(path), [...(wanted.get(inodeOf(path)) ?? []), path]);
  const found = new Map<string, Buffer>();
  for await (const { header, name, content } of readPayload(source, headers)) {
    const path = name.toString('utf8').replace(/^\.(?=\/)/, '');
    const sharers = wanted.get(inodeOf(path)) ?? [];
    if (sharers.length === 0 || header.size > MAX_CONTENT) continue;
    if (header.size === 0 && files.get(path)?.size !== 0) continue;
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    for (const sharer of sharers) found.set(sharer, bytes);
  }
  return found;
}

/** Two RPMs that say the same of the same files, and are not the same bytes. */
async function compareTheRest([a, first]: Opened, [b, second]: Opened): Promise<PackageDifference[]> {
  const packed = async (source: ByteSource, headers: RpmHeaders) => {
    const lines: string[] = [];
    for await (const { header, name } of readPayload(source, headers)) {
      lines.push(
        `${name.toString('utf8')} inode ${header.inode} mode ${header.mode.toString(8)} time ${timeFact(header.mtime)}`,
      );
    }
    return lines;
  };
  const [left, right] = [await packed(a, first), await packed(b, second)];
  const at = left.findIndex((line, index) => line !== right[index]);
  if (at !== -1) {
    const detail = `entry ${at + 1} of the archive: ${quoted(left[at]!)} / ${quoted(right[at] ?? 'end')}`;
    return [{ what: 'payload', name: 'cpio', member: '', detail }];
  }
  const rest = compareTags(first, second, () => true);
  return rest.length > 0
    ? rest
    : [{ what: 'payload', name: 'compressed', member: '', detail: 'bytes that say the same' }];
}
