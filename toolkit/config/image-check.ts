import { labelProblem } from '../domain/file-system-label.ts';
import { defaultFormats, holdsDisk, holdsMediumFiles, imageFormats } from '../domain/image-format.ts';
import { growsMounted } from '../domain/image-grow.ts';
import { HASHED_ROOTS } from '../domain/image-partitions.ts';
import { withArticle } from '../domain/text.ts';
import { LEAST_XFS } from '../domain/xfs.ts';
import { checkDeltas, checkOtherDisks, type Path, type Tell } from './image-check-disks.ts';
import { checkKickstart } from './image-check-kickstart.ts';
import { knownEnd, knownStarts } from './image-complete-disk.ts';
import type { ConfigProblem } from './image-document.ts';
import { bytesOf } from './image-form/words.ts';
import type { ImageSource } from './image-schema.ts';
import { type Placed, problemIn } from './placed.ts';

type DiskSource = NonNullable<ImageSource['disk']>;
type PartitionSource = NonNullable<DiskSource['partitions']>[number];

/**
 * What is wrong between the keys of an effective configuration, each of which is right by itself. `hasPassphrase`: what
 * opens an encrypted root stands in a file of another form.
 */
export function checkImage(source: ImageSource, placed: Placed, hasPassphrase: boolean): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const tell: Tell = (path, message) => {
    problems.push(problemIn(placed, path, message));
  };
  checkUnique(source.users, 'name', ['users'], tell);
  checkUnique(source.groups, 'name', ['groups'], tell);
  checkUnique(source.files, 'path', ['files'], tell);
  checkMediumFiles(source, tell);
  checkUnique(source.repositories, 'name', ['repositories'], tell);
  checkUnique(source.overlays, 'mount', ['overlays'], tell);
  const disks: readonly (readonly [DiskSource, Path])[] = [
    ...(source.disk === undefined ? [] : [[source.disk, ['disk']] as const]),
    ...(source.otherDisks ?? []).map((disk, index) => [disk, ['otherDisks', index]] as const),
  ];
  const all = disks.flatMap(([{ partitions = [] }, at]) =>
    partitions.map((partition, index) => ({ partition, at: [...at, 'partitions', index] })),
  );
  checkPartitionNames(all, tell);
  checkOtherDisks(source, tell);
  for (const [disk, at] of disks) checkDisk(disk, at, tell);
  checkEncryption(source, hasPassphrase, tell);
  checkBoot(source, tell);
  checkKickstart(source, tell);
  return problems;
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
const EARLY = [
  '/usr',
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib',
  '/usr/lib64',
  '/etc',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
];

function checkPartitionNames(
  all: readonly { readonly partition: PartitionSource; readonly at: Path }[],
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

function checkVerity(
  { verity, encryption, secureBoot, table, boot, partitions = [] }: DiskSource,
  at: Path,
  tell: Tell,
): void {
  if (verity === undefined) return;
  const signed = [...at, 'verity', 'signed'];
  if (verity.signed === true && secureBoot === undefined) {
    tell(signed, 'the root hash is signed with the key of disk.secureBoot: name one');
  }
  if (verity.signed === true && boot !== 'uefi') {
    tell(signed, 'the kernel has the keys that it trusts from UEFI: say boot: uefi');
  }
  if (table === 'mbr') tell([...at, 'verity'], 'dm-verity wants a GPT');
  if (boot === 'none') tell([...at, 'verity'], 'nothing of this disk could hold the root hash: say boot');
  if (encryption !== undefined) tell([...at, 'verity'], 'a root is either encrypted or of dm-verity');
  const hasHashes = partitions.some(({ type }) => type === 'linux-root-verity-amd64');
  for (const [index, { id, mount, fileSystem = '', grow, type }] of partitions.entries()) {
    const place = [...at, 'partitions', index];
    if (grow === true && !hasHashes) {
      tell([...place, 'grow'], 'the hashes of the root come behind it: give them a partition before it');
    }
    if (type === 'linux-root-verity-amd64' && fileSystem !== '') {
      tell([...place, 'fileSystem'], `'${id}' is for the hashes of the root: it has no file system`);
    }
    if (mount !== '/') continue;
    if (!HASHED_ROOTS.some((one) => one === fileSystem)) {
      tell([...place, 'fileSystem'], `a dm-verity root is one of ${HASHED_ROOTS.join(', ')}`);
    }
    if (grow === true) tell([...place, 'grow'], 'a dm-verity root is read-only: it cannot grow');
  }
}

/** What our own writers fill a container with. Of 4096-byte sectors Linux mounts no XFS of 512-byte ones, as ours is. */
const ENCRYPTED = ['ext4', 'ext3', 'ext2', 'btrfs'];

function checkEncryption(source: ImageSource, hasPassphrase: boolean, tell: Tell): void {
  const { disk, installer, formats } = source;
  const { encryption, boot, partitions = [] } = disk ?? {};
  checkInstalledEncryption(source, tell);
  if (encryption === undefined || disk?.verity !== undefined) return;
  const at = ['disk', 'encryption'];
  if (encryption.passphraseFile === undefined && installer === undefined && !hasPassphrase) {
    tell(at, 'a passphraseFile is wanted, whose first line opens the root');
  }
  if (boot === 'none') tell(at, 'nothing of this disk could ask for the passphrase: say boot');
  const hasEsp = partitions.some(
    ({ flags = [], type }) => flags.includes('esp') || flags.includes('boot') || type === 'esp',
  );
  if (boot === 'bios' && partitions.length > 0 && !hasEsp) {
    tell(at, 'what asks for the passphrase lies in a partition with the flag esp, and there is none');
  }
  const isExt4 = (format: string): boolean => format.replace(/(?:\.tar)?\.(?:gz|xz|zst)$/, '') === 'ext4';
  if (formats?.some(isExt4)) tell(at, 'an encrypted root is not emitted as ext4: say partitions');
  for (const [index, { id, mount, fileSystem = '', grow, artifacts = [] }] of partitions.entries()) {
    if (mount !== '/') continue;
    const place = ['disk', 'partitions', index];
    if (!ENCRYPTED.includes(fileSystem)) {
      tell([...place, 'fileSystem'], `an encrypted root is one of ${ENCRYPTED.join(', ')}`);
    }
    if (grow === true) tell([...place, 'grow'], 'an encrypted root does not grow');
    if (artifacts.some(({ format }) => isExt4(format) || format.startsWith('diff'))) {
      tell([...place, 'artifacts'], `'${id}' is encrypted: it is emitted as raw`);
    }
  }
}

/** The container is made where it is installed: the medium has no disk with one. */
function checkInstalledEncryption(
  { disk, installer, formats = [], otherArtifacts = [] }: ImageSource,
  tell: Tell,
): void {
  if (installer === undefined) return;
  if (installer.systems !== undefined && installer.target !== undefined) {
    tell(['installer', 'systems'], 'only who is asked can choose a system: leave out target');
  }
  const { encryption, partitions = [] } = disk ?? {};
  const isOptional = installer.encryption === 'optional';
  const isAttended = installer.target === undefined && installer.kickstart !== true;
  if (isOptional && encryption === undefined) {
    tell(['installer', 'encryption'], 'it is disk.encryption that may be declined, and there is none');
  }
  if (isOptional && !isAttended) {
    tell(
      ['installer', 'encryption'],
      `only who is asked can decline: leave out ${installer.kickstart === true ? 'kickstart' : 'target'}`,
    );
  }
  if (encryption === undefined) return;
  if (isAttended && encryption.passphraseFile !== undefined) {
    const place = ['disk', 'encryption', 'passphraseFile'];
    tell(place, 'an installer that asks asks for the passphrase, too: leave it out');
  }
  const ofPartitions = partitions.flatMap(({ artifacts = [] }) => artifacts);
  const emitted = new Set<string>([
    ...formats,
    ...[...otherArtifacts, ...ofPartitions].map(({ format }) => format),
  ]);
  const onDisk = imageFormats.find((format) => emitted.has(format) && holdsDisk(format));
  if (onDisk === undefined) return;
  tell(
    ['disk', 'encryption'],
    `an installer encrypts the disk that it installs to: make ${onDisk} by another configuration`,
  );
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

function checkBoot({ disk, installer, formats }: ImageSource, tell: Tell): void {
  const partitions = disk?.partitions ?? [];
  const boot = disk?.boot ?? 'both';
  if (disk?.loader === 'uki' && boot === 'bios') {
    tell(['disk', 'loader'], 'a unified kernel image starts under UEFI only');
  }
  if (disk?.loader === 'systemd-boot' && boot !== 'uefi') {
    tell(['disk', 'loader'], 'systemd-boot starts under UEFI only: set boot to uefi');
  }
  if (disk?.loader !== undefined && boot === 'none') {
    tell(['disk', 'loader'], 'nothing starts a disk with boot: none');
  }
  if (disk?.secureBoot !== undefined) {
    if (boot === 'bios' || boot === 'none') tell(['disk', 'secureBoot'], 'Secure Boot is a part of UEFI');
    if ((formats ?? defaultFormats).includes('iso')) {
      tell(['disk', 'secureBoot'], 'a live ISO is not signed yet: name formats without iso');
    }
  }
  if (partitions.length === 0 || installer !== undefined) return;
  // parted makes an ESP of what has the flag boot in a GPT.
  const hasEsp = partitions.some(
    ({ flags = [], type }) => flags.includes('esp') || flags.includes('boot') || type === 'esp',
  );
  if ((boot === 'uefi' || boot === 'both') && !hasEsp) {
    tell(['disk', 'partitions'], 'UEFI wants a partition with the flag esp');
  }
  const hasBios = partitions.some(
    ({ flags = [], type }) => flags.includes('bios-grub') || type === 'bios-boot',
  );
  if ((boot === 'bios' || boot === 'both') && disk?.table !== 'mbr' && !hasBios) {
    tell(['disk', 'partitions'], 'a BIOS wants a partition with the flag bios-grub in a GPT');
  }
}
