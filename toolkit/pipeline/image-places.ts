import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { readManifestFiles } from '../config/image-folder.ts';
import { compareImages, type FileFacts, type ImageFacts } from '../domain/image-difference.ts';
import type { Disk } from '../domain/image-disk.ts';
import { holdsDisk, type ImageFormat } from '../domain/image-format.ts';
import { originTeller, type ScriptedPackage } from '../domain/image-origin.ts';
import type { Rootfs } from '../domain/image-rootfs.ts';
import type { ImagePlace } from '../domain/image-verification.ts';
import type { RpmArtifact } from '../domain/package.ts';
import type { Ports } from '../domain/ports.ts';
import { stored } from '../domain/stored.ts';
import {
  compareContent,
  describeBytes,
  ext4Place,
  fatPlace,
  formatField,
} from '../formats/difference/index.ts';
import { readRpmHeaders } from '../formats/rpm/index.ts';
import type { ByteSource } from '../formats/source.ts';
import type { Context } from './context.ts';
import type { ImageParts, WrittenImage } from './image.ts';
import { openBytes } from './open-bytes.ts';

const RPM_DB = '/usr/lib/sysimage/rpm';
/** A larger file is only said to differ. */
const MAX_CONTENT = 256 * 1024 * 1024;
const CHUNK = 1 << 20;
/** What files are compared in, and how many places of a disk are looked into. */
const BLOCK = 4096;
const MOST = 24;
/** Scriptlets and triggers of a header: %pre to %postun, triggers, %pretrans to %posttrans, file triggers. */
const SCRIPT_TAGS = [1023, 1024, 1025, 1026, 1065, 1151, 1152, 5066, 5076];

/** How two root file systems differ, file by file, and what each file came from. */
export async function comparedFiles(
  first: Rootfs,
  second: Rootfs,
  { packages, config }: ImageParts,
  { ports }: Pick<Context, 'ports'>,
  signal: AbortSignal,
): Promise<readonly ImagePlace[]> {
  const { files } = compareImages(await treeFacts(first, ports), await treeFacts(second, ports));
  const origin = originTeller(await scriptedPackages(packages), config, RPM_DB);
  const place = (path: string, member: string, detail: string): ImagePlace => {
    return { where: 'root file system', what: path, member, detail, from: origin(path) };
  };
  const contents = files.changed.filter(({ changes }) => changes.some(({ field }) => field === 'content'));
  const wanted = new Set(contents.map(({ path }) => path));
  const [before, after] = [
    await readContents(await stored(await first.contents.tar(signal), 'rootfs.tar', ports), wanted),
    await readContents(await stored(await second.contents.tar(signal), 'rootfs.tar', ports), wanted),
  ];
  const changed = files.changed.flatMap(({ path, changes }) => {
    const facts = changes
      .filter(({ field }) => field !== 'content' && field !== 'size')
      .map(({ field, from, to }) => place(path, '', `${field} ${from || 'none'} / ${to || 'none'}`));
    const [a, b] = [before.get(path), after.get(path)];
    if (!wanted.has(path)) return facts;
    if (a === undefined || b === undefined) return [...facts, place(path, '', 'its content')];
    return [...facts, ...compareContent(a, b, path).map(({ member, detail }) => place(path, member, detail))];
  });
  return [
    ...files.removed.map(({ path }) => place(path, '', 'only in the first image')),
    ...files.added.map(({ path }) => place(path, '', 'only in the second image')),
    ...changed,
    ...files.times.map((path) => place(path, '', 'time')),
  ];
}

async function treeFacts(rootfs: Rootfs, ports: Pick<Ports, 'store'>): Promise<ImageFacts> {
  const files: ReadonlyMap<string, FileFacts> = await readManifestFiles(
    await stored(rootfs.manifest, 'the manifest', ports),
  );
  return { packages: undefined, files, commandLine: undefined, artifacts: [] };
}

async function scriptedPackages(packages: readonly RpmArtifact[]): Promise<ScriptedPackage[]> {
  const scripted: ScriptedPackage[] = [];
  for (const { path, header } of packages) {
    await using bytes = await openBytes(path);
    const { main } = await readRpmHeaders(bytes.read);
    scripted.push({ header, scripts: SCRIPT_TAGS.flatMap((tag) => main.texts(tag)) });
  }
  return scripted;
}

/** Contents of some files of a tar, by absolute path. */
async function readContents(tar: string, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (wanted.size === 0) return found;
  const reader = extract();
  const reading = pipeline(createReadStream(tar), reader);
  // Told below, once the entries end.
  reading.catch(() => undefined);
  for await (const entry of reader) {
    const { name, size = 0 } = entry.header;
    const path = `/${name.replace(/^\.?\//, '')}`;
    const pieces: Buffer[] = [];
    const isWanted = wanted.has(path) && size <= MAX_CONTENT;
    for await (const piece of entry) {
      if (isWanted && piece instanceof Uint8Array) pieces.push(Buffer.from(piece));
    }
    if (isWanted) found.set(path, Buffer.concat(pieces));
  }
  await reading;
  return found;
}

/** Where two disks of the same files differ: partition, file, and the field of the file system's structures. */
export async function differingDisk(
  first: Disk,
  second: Disk,
  parts: ImageParts,
  { ports }: Pick<Context, 'ports'>,
  signal: AbortSignal,
): Promise<readonly ImagePlace[]> {
  const paths = [
    await stored(first.raw, 'the raw disk', ports),
    await stored(second.raw, 'the raw disk', ports),
  ] as const;
  await using a = await open(paths[0]);
  await using b = await open(paths[1]);
  const origin = originTeller(await scriptedPackages(parts.packages), parts.config, RPM_DB);
  const binds = [{ source: paths[0], target: DISK, writable: false }];
  const ask = async (...argv: [string, ...string[]]) =>
    (await ports.roots.run(parts.tools, { argv, binds }, signal)).stdout;
  const { partitions, sectorSize } = first.layout.disk;
  const places: ImagePlace[] = [];
  for (const block of await differingBlocks(a, b)) {
    const { offset: at, detail } = await differenceIn(a, b, block);
    const partition = partitions.find(
      ({ startLba, endLba }) => at >= startLba * sectorSize && at < (endLba + 1) * sectorSize,
    );
    const start = partition === undefined ? 0 : partition.startLba * sectorSize;
    const read = async (offset: number, length: number) => await piece(a, start + offset, length);
    const found =
      partition === undefined
        ? undefined
        : ((await placeInExt4(read, at - start, start, ask)) ??
          (await placeInFat(read, at - start, start, ask)));
    const where = partition === undefined ? 'partition table' : `partition ${partition.name}`;
    const { file = '', thing = `byte ${at - start}`, field } = found ?? {};
    places.push({
      where,
      what: file === '' ? thing : `${file} (${thing})`,
      member: field === undefined ? '' : `field ${field}`,
      detail,
      from: file === '' ? '' : origin(file),
    });
  }
  return places;
}

/** Where a disk is in the tools root while its own tools are asked. */
const DISK = '/run/distrokit/disk';
/** Runs a program of the tools root; gives what it says. */
type Ask = (...argv: [string, ...string[]]) => Promise<string>;

interface NamedPlace {
  /** Path of the file it belongs to; empty where there is none. */
  readonly file: string;
  readonly thing: string;
  readonly field: string | undefined;
}

async function placeInExt4(
  read: ByteSource,
  offset: number,
  start: number,
  ask: Ask,
): Promise<NamedPlace | undefined> {
  const place = await ext4Place(read, offset);
  if (place === undefined) return undefined;
  const { kind, inode, block, field } = place;
  const debugfs = async (question: string) => await ask('debugfs', '-R', question, `${DISK}?offset=${start}`);
  const owner =
    inode ?? (kind === 'data' ? /^\d+\s+(\d+)$/m.exec(await debugfs(`icheck ${block}`))?.[1] : undefined);
  const file =
    owner === undefined ? undefined : /^\d+\s+(\/.*)$/m.exec(await debugfs(`ncheck ${owner}`))?.[1];
  const thing = inode === undefined ? `${kind}, block ${block}` : `inode ${inode}`;
  return { file: file ?? '', thing, field };
}

async function placeInFat(
  read: ByteSource,
  offset: number,
  start: number,
  ask: Ask,
): Promise<NamedPlace | undefined> {
  const place = await fatPlace(read, offset);
  if (place === undefined) return undefined;
  const { kind, cluster, field } = place;
  if (cluster === undefined) return { file: '', thing: kind, field };
  const image = `${DISK}@@${start}`;
  const names = (await ask('mdir', '-b', '-/', '-i', image, '::'))
    .split('\n')
    .filter((name) => /[^/]$/.test(name));
  for (const name of names) {
    const ranges = [...(await ask('mshowfat', '-i', image, name)).matchAll(/<(\d+)(?:-(\d+))?>/g)];
    const isHere = ranges.some(([, from, to]) => cluster >= Number(from) && cluster <= Number(to ?? from));
    if (isHere) return { file: name.replace(/^::/, ''), thing: `${kind}, cluster ${cluster}`, field };
  }
  return { file: '', thing: `${kind}, cluster ${cluster}`, field };
}

/** Artifacts that differ although what they are made from does not, and what of their format it is. */
export async function differingArtifacts(
  first: WrittenImage,
  second: WrittenImage,
): Promise<readonly ImagePlace[]> {
  const isSameDisk = sameBytes(writtenDisks(first), writtenDisks(second));
  const isSameTree = first.rootfs.manifest.sha256 === second.rootfs.manifest.sha256;
  const others = new Map(second.artifacts.map((one) => [one.name, one]));
  const places: ImagePlace[] = [];
  for (const { name, format, path, sha256 } of first.artifacts) {
    const other = others.get(name);
    if (other === undefined || other.sha256 === sha256) continue;
    if (holdsDisk(format) ? !isSameDisk : !isSameTree) continue;
    places.push(...(await compareFiles(name, format, path, other.path)));
  }
  return places;
}

/** All disks of an image, in their order. */
export function writtenDisks({ disk, others }: Pick<WrittenImage, 'disk' | 'others'>): readonly Disk[] {
  return [...(disk === undefined ? [] : [disk]), ...others.map((other) => other.disk)];
}

function sameBytes(first: readonly Disk[], second: readonly Disk[]): boolean {
  return first.every(({ raw }, index) => raw.sha256 === second[index]?.raw.sha256);
}

async function compareFiles(name: string, format: ImageFormat, a: string, b: string): Promise<ImagePlace[]> {
  const sizes = [(await stat(a)).size, (await stat(b)).size] as const;
  const common = { where: name, from: '' };
  if (!holdsDisk(format) && Math.max(...sizes) <= MAX_CONTENT) {
    const found = compareContent(await readFile(a), await readFile(b), name);
    if (found.some(({ member }) => member !== '')) {
      return found.map(({ member, detail }) => ({ ...common, what: '', member, detail }));
    }
  }
  await using first = await open(a);
  await using second = await open(b);
  const places: ImagePlace[] = [];
  const seen = new Set<string>();
  for (const block of await differingBlocks(first, second)) {
    const { offset: at, detail } = await differenceIn(first, second, block);
    const field = formatField(format, at, sizes[0]);
    if (seen.has(field)) continue;
    seen.add(field);
    const what = field === '' ? `byte ${at}` : field;
    places.push({ ...common, what, member: '', detail });
  }
  return places;
}

/** Offsets of the first blocks that two files do not have in common. */
async function differingBlocks(a: FileHandle, b: FileHandle): Promise<number[]> {
  const size = Math.max((await a.stat()).size, (await b.stat()).size);
  const found: number[] = [];
  for (let at = 0; at < size && found.length < MOST; at += CHUNK) {
    const [left, right] = [await piece(a, at, CHUNK), await piece(b, at, CHUNK)];
    if (left.equals(right)) continue;
    for (let inside = 0; inside < CHUNK && found.length < MOST; inside += BLOCK) {
      const end = inside + BLOCK;
      if (!left.subarray(inside, end).equals(right.subarray(inside, end))) found.push(at + inside);
    }
  }
  return found;
}

async function piece(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

interface Difference {
  /** Of the first byte that differs. */
  readonly offset: number;
  readonly detail: string;
}

async function differenceIn(a: FileHandle, b: FileHandle, block: number): Promise<Difference> {
  const [left, right] = [await piece(a, block, BLOCK), await piece(b, block, BLOCK)];
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return { offset: block + (at === -1 ? left.length : at), detail: describeBytes(left, right) };
}
