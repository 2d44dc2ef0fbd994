import { labelProblem } from '../domain/file-system-label.ts';
import { defaultFormats, holdsMediumFiles, imageFormats } from '../domain/image-format.ts';
import { growsMounted } from '../domain/image-grow.ts';
import { USR } from '../domain/image-mounts.ts';
import { withArticle } from '../domain/text.ts';
import { LEAST_XFS } from '../domain/xfs.ts';
import { checkBoot } from './image-check-boot.ts';
import { checkDeltas, checkOtherDisks, type DiskSource, type Path, type Tell } from './image-check-disks.ts';
import { checkEncryption } from './image-check-encryption.ts';
import { checkKickstart } from './image-check-kickstart.ts';
import { checkInstalledVerity, checkUsrPartition, checkVerity } from './image-check-verity.ts';
import { knownEnd, knownStarts } from './image-complete-disk.ts';
import type { ConfigProblem } from './image-document.ts';
import { bytesOf } from './image-form/words.ts';
import type { ImageSource } from './image-schema.ts';
import { type Placed, problemIn } from './placed.ts';

type PartitionSource = NonNullable<DiskSource['partitions']>[number];

/**
 * What is wrong between the keys of an effective configuration, each of which is right by itself. `hasPassphrase`: what
 * opens an encrypted root stands in a file of another form; `changesImage`: what is not said is as in the image that is changed.
 */
export function checkImage(
  source: ImageSource,
  placed: Placed,
  { hasPassphrase, changesImage }: { readonly hasPassphrase: boolean; readonly changesImage: boolean },
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const tell: Tell = (path, message) => {
    problems.push(problemIn(placed, path, message));
  };
  checkUnique(source.users, 'name', ['users'], tell);
  checkUnique(source.groups, 'name', ['groups'], tell);
  checkUnique(source.files, 'path', ['files'], tell);
  checkMediumFiles(source, tell);
  checkLiveRoot(source, tell);
  checkUnique(source.repositories, 'name', ['repositories'], tell);
  checkUnique(source.overlays, 'mount', ['overlays'], tell);
  const disks: readonly (readonly [DiskSource, Path])[] = [
    ...(source.disk === undefined ? [] : [[source.disk, ['disk']] as const]),
    ...(source.otherDisks ?? []).map((disk, index) => [disk, ['otherDisks', index]] as const),
  ];
  const all = disks.flatMap(([{ partitions = [] }, at]) =>
    partitions.map((partition, index) => ({ partition, at: [...at, 'partitions', index] })),
  );
  checkPartitionNames(all, source, tell);
  checkOtherDisks(source, tell);
  for (const [disk, at] of disks) checkDisk(disk, at, tell);
  checkEncryption(source, hasPassphrase, tell);
  checkInstalledVerity(source, tell);
  if (!changesImage) checkUsrPartition(source, tell);
  checkBoot(source, tell);
  checkKickstart(source, tell);
  return problems;
}

function checkLiveRoot(
  { liveRoot, formats, otherArtifacts = [], installer, disk }: ImageSource,
  tell: Tell,
): void {
  if (liveRoot !== 'memory') return;
  const emitted = [...(formats ?? defaultFormats), ...otherArtifacts.map(({ format }) => format)];
  if (disk?.secureBoot !== undefined) {
    tell(['liveRoot'], 'a signed ISO runs from its medium: leave out liveRoot, or disk.secureBoot');
  }
  if (installer !== undefined)
    tell(['liveRoot'], 'an installer runs from its medium, which has what it installs');
  else if (!emitted.some((format) => /^iso\b/.test(format))) {
    tell(['liveRoot'], 'it is of a live ISO: say the format iso; pxe runs from memory always');
  }
}

function checkMediumFiles(
  { mediumFiles = [], formats, otherArtifacts = [], installer }: ImageSource,
  tell: Tell,
): void {
  checkUnique(mediumFiles, 'path', ['mediumFiles'], tell);
  if (mediumFiles.length === 0 || installer !== undefined) return;
  const others = otherArtifacts.map(({ format }) => format);
  const emitted = new Set<string>([...(formats ?? defaultFormats), ...others]);
  if (imageFormats.some((format) => emitted.has(format) && holdsMediumFiles(format))) return;
  tell(['mediumFiles'], 'they are in iso and pxe.tar.gz only: say one of these formats');
}

function checkUnique<K extends string>(
  items: readonly Readonly<Record<K, string>>[] = [],
  key: K,
  at: Path,
  tell: Tell,
): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (seen.has(item[key])) tell([...at, index, key], `'${item[key]}' is there twice`);
    seen.add(item[key]);
  }
}

/** What a kernel needs to start the first program, and that to mount anything. */
const EARLY = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib64', '/etc', '/bin', '/sbin', '/lib', '/lib64'];

function checkPartitionNames(
  all: readonly { readonly partition: PartitionSource; readonly at: Path }[],
  { installer }: ImageSource,
  tell: Tell,
): void {
  const ids = new Set<string>();
  const mounts = new Set<string>();
  for (const { partition, at } of all) {
    if (ids.has(partition.id)) tell([...at, 'id'], `another partition has the id '${partition.id}'`);
    ids.add(partition.id);
    if (partition.mount === undefined) continue;
    if (mounts.has(partition.mount)) {
      tell([...at, 'mount'], `another partition is mounted at ${partition.mount}`);
    }
    mounts.add(partition.mount);
    if (EARLY.some((folder) => folder === partition.mount)) {
      tell(
        [...at, 'mount'],
        `${partition.mount} is wanted before anything is mounted: it is part of the root`,
      );
    }
    if (partition.mount === USR) {
      // Nothing on the medium fills it before the archive of the root, or copies it with its hashes.
      if (installer !== undefined) tell([...at, 'mount'], 'an installer has /usr in the root');
      if (partition.grow === true) {
        tell([...at, 'grow'], '/usr is mounted before systemd starts, which makes others grow');
      }
    }
    if (partition.fileSystem === undefined || partition.fileSystem === 'swap') {
      tell([...at, 'mount'], 'a partition that is mounted wants a file system');
    }
  }
  const first = all.filter(({ at }) => at[0] === 'disk');
  const isMounted = first.some(({ partition }) => partition.mount !== undefined);
  if (isMounted && !mounts.has('/')) tell(first[0]!.at.slice(0, -1), "no partition is mounted at '/'");
}

interface Extent {
  readonly id: string;
  readonly at: Path;
  readonly start: number;
  /** Undefined: up to what comes next. */
  readonly end: number | undefined;
}

/** What a file system has none of, that others are found by. */
const UNNAMED: Readonly<Record<string, readonly string[]>> = {
  squashfs: ['uuid', 'label'],
  erofs: ['label'],
};

function checkDisk(disk: DiskSource, at: Path, tell: Tell): void {
  const { partitions = [], table = 'gpt' } = disk;
  const extents: Extent[] = [];
  const starts = knownStarts(disk);
  for (const [index, partition] of partitions.entries()) {
    const place = [...at, 'partitions', index];
    const known = extentOf(partition, place);
    if (known !== undefined) extents.push(known);
    if (known?.end !== undefined && known.end <= known.start) {
      tell([...place, 'end'], `'${partition.id}' ends before it starts`);
    }
    if (partition.end !== undefined && starts[index] === undefined) {
      tell(
        [...place, 'end'],
        `where '${partition.id}' begins is not known before: say start, or size instead`,
      );
    }
    if (partition.mountBy === 'partlabel' && table !== 'gpt') {
      tell([...place, 'mountBy'], 'only a GPT has labels of partitions');
    }
    if (partition.mountBy === 'partlabel' && !partition.name) {
      tell([...place, 'mountBy'], `'${partition.id}' is to be mounted by its label and has no name`);
    }
    checkLabel(partition, place, tell);
    checkXfs(partition, known, place, tell);
    checkDeltas(partition, place, tell);
    const nameless = UNNAMED[partition.fileSystem ?? ''] ?? [];
    if (partition.mountBy !== undefined && nameless.includes(partition.mountBy)) {
      tell(
        [...place, 'mountBy'],
        `${withArticle(partition.fileSystem ?? '')} has no ${partition.mountBy}: say partuuid`,
      );
    }
    if (partition.mountBy === 'label' && partition.label === undefined) {
      tell([...place, 'mountBy'], `'${partition.id}' is to be mounted by its label and has none`);
    }
    const named = { partlabel: partition.name, label: partition.label, uuid: '', partuuid: '' };
    if (/[\s"'\\]/.test(named[partition.mountBy ?? 'uuid'] ?? '')) {
      tell([...place, 'mountBy'], `nothing is mounted by a label with spaces or quotes: '${partition.id}'`);
    }
  }
  checkOverlaps(extents, tell);
  checkEnds(extents, disk, tell);
  const rest = partitions.flatMap(({ size, start }, index) =>
    size === 'max' && start === undefined ? [index] : [],
  );
  for (const index of rest.slice(1)) {
    tell([...at, 'partitions', index, 'size'], 'another partition takes all that is left already');
  }
  checkGrowing(disk, at, tell);
  checkVerity(disk, at, tell);
}

function checkLabel({ fileSystem, label, mountBy }: PartitionSource, at: Path, tell: Tell): void {
  if (label === undefined) return;
  const problem =
    fileSystem === undefined
      ? 'a label is of a file system, and there is none: say name, the label of the partition'
      : labelProblem(fileSystem, label, mountBy === 'label');
  if (problem !== undefined) tell([...at, 'label'], problem);
}

/** What XFS has less of than others. */
function checkXfs(partition: PartitionSource, known: Extent | undefined, at: Path, tell: Tell): void {
  const { id, fileSystem, size = 'auto' } = partition;
  if (fileSystem !== 'xfs') return;
  const isFixed = size !== 'auto' && size !== 'max';
  const bytes = isFixed ? bytesOf(size) : known?.end === undefined ? undefined : known.end - known.start;
  if (bytes === undefined || bytes >= LEAST_XFS) return;
  tell([...at, isFixed ? 'size' : 'end'], `an xfs has ${LEAST_XFS / 1024 ** 2}M or more: '${id}' is smaller`);
}

/** Only what has nothing behind it has room to grow. */
function checkGrowing({ partitions = [], table = 'gpt' }: DiskSource, at: Path, tell: Tell): void {
  let start = 0;
  const starts = partitions.map((partition) => {
    if (partition.start !== undefined) start = bytesOf(partition.start);
    return start;
  });
  for (const [index, { id, grow, fileSystem, mount }] of partitions.entries()) {
    if (grow !== true) continue;
    const place = [...at, 'partitions', index, 'grow'];
    const behind = partitions.find((_, other) =>
      starts[other] === starts[index] ? other > index : starts[other]! > starts[index]!,
    );
    if (behind !== undefined) tell(place, `'${id}' cannot grow: '${behind.id}' is behind it`);
    if (table === 'mbr') tell(place, 'only partitions of a GPT grow');
    if (growsMounted({ fileSystem, mount })) continue;
    const what = mount === undefined ? 'what is mounted nowhere' : withArticle(fileSystem ?? '');
    tell(place, `${what} does not grow: an ext2, ext3, ext4, btrfs or xfs does, where it is mounted`);
  }
}

function extentOf(partition: PartitionSource, at: Path): Extent | undefined {
  if (partition.start === undefined) return undefined;
  const start = bytesOf(partition.start);
  return { id: partition.id, at, start, end: knownEnd(partition, start) };
}

function checkOverlaps(extents: readonly Extent[], tell: Tell): void {
  const sorted = extents.toSorted((a, b) => a.start - b.start);
  for (const [index, next] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined) continue;
    if ((before.end ?? before.start) > next.start || before.start === next.start) {
      tell([...next.at, 'start'], `'${next.id}' overlaps '${before.id}'`);
    }
  }
}

function checkEnds(extents: readonly Extent[], { size = 'auto' }: DiskSource, tell: Tell): void {
  if (size === 'auto') return;
  for (const { id, at, start, end } of extents) {
    const last = end ?? start;
    if (last <= bytesOf(size)) continue;
    const over = Math.ceil((last - bytesOf(size)) / 1024 ** 2);
    tell([...at, end === undefined ? 'start' : 'end'], `'${id}' is ${over} MiB beyond the disk's ${size}`);
  }
}
