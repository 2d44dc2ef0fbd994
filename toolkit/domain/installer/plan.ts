import { mbrNumber, type Partition } from '../disk.ts';
import { usageError } from '../errors.ts';
import type { ImageConfig } from '../image.ts';
import type { ImagePartition } from '../image-config/disk.ts';
import { luksUuid } from '../image-encryption.ts';
import { imageIdentity } from '../image-identity.ts';
import { mountLines, USR } from '../image-mounts.ts';
import {
  DOCUMENTATION,
  diskPartitions,
  isExt,
  isFat,
  isReadOnly,
  mbrSignature,
  mbrType,
} from '../image-partitions.ts';
import { type ImageLayout, rootOf, type Volume } from '../layout.ts';
import { declinedEncryption } from './encryption.ts';

/** How sfdisk calls the attribute that tells a system to grow a file system. */
const GROW = 'GUID:59';
const SECTOR = 512;

/** Bytes of the image's disk. */
export interface DiskPart {
  readonly offset: number;
  readonly size: number;
}

/** What is on the medium as it will be on the disk. */
export interface MediumPart extends DiskPart {
  /** File name. */
  readonly name: string;
}

/** What an installer is told, and which parts of the image's disk it takes as they are. */
export interface InstallerPlan {
  /** Lines of keys and values with tabs between, as specs/distrokit-installer/write.sh reads them. */
  readonly text: string;
  readonly copied: readonly MediumPart[];
  /** Whether anything is filled from the archive of the system. */
  readonly unpacks: boolean;
}

/**
 * How a configuration is installed to a disk that may be larger than its image: the same partitions with the same
 * UUIDs, of which one takes the rest of the disk: what is `max`, else what may grow, else the root. `binaries` lie on
 * the disk as they are. Throws `INSTALLER_DISK` for a disk that the installer cannot make.
 */
export function planInstallation(
  config: ImageConfig,
  layout: ImageLayout,
  binaries: readonly DiskPart[] = [],
): InstallerPlan {
  const { installer, name, version, hostname } = config;
  if (config.otherDisks.length > 0)
    throw diskError(config, 'it installs to one disk, and otherDisks has more');
  const wanted = diskPartitions(config.disk);
  checkInstalled(config, wanted);
  const { disk, table, bios, volumes, verified } = layout;
  const root = rootOf(layout);
  // Whose hashes are known cannot be made anew.
  const sealed = verified.flatMap(({ data, hashes }) => [data.number, hashes.number]);
  const rows = disk.partitions.map((partition, index): Row => {
    const volume = volumes.find(({ number }) => number === index + 1);
    const isBoot = bios !== undefined && partition.startLba * SECTOR === bios.offset;
    const content = sealed.includes(index + 1) ? 'image' : contentOf(volume, isBoot);
    const number = partitionNumber(layout, index);
    return { number, index, partition, volume, content };
  });
  const rest = restOf(wanted, rows);
  const late = bios !== undefined && rest !== undefined && rest.partition.startLba * SECTOR < bios.offset;
  if (late) throw diskError(config, 'the partition with the flag bios-grub has to be before what grows');
  const placed = placedParts(config, layout, binaries, rows, rest);
  const lines = [
    ...[
      ['name', name],
      ['version', version],
      ['title', systemTitle(config)],
      ['hostname', hostname],
    ],
    ['target', installer?.kickstart ? 'kickstart' : (installer?.target ?? 'ask')],
    ['afterwards', installer?.afterwards ?? 'power-off'],
    ['table', table],
    ['disk', table === 'mbr' ? signatureOf(config) : disk.uuid],
    ['root', disk.partitions[root.number - 1]!.uuid],
    ...encryptionLines(config),
    ...leftOut(wanted).map((path) => ['leave-out', path]),
    ...placed.map(({ name: file, partition, at }) => ['binary', file, partition, String(at)]),
    ...rows.map((row) => partitionLine(config, layout, row, row === rest)),
  ];
  return {
    text: lines.map((fields) => `${fields.join('\t')}\n`).join(''),
    copied: [
      ...rows
        .filter(({ content }) => content === 'image' || content === 'whole')
        .map(({ number, partition: { startLba, endLba }, volume }) => ({
          name: imageFile(number),
          offset: volume?.offset ?? startLba * SECTOR,
          size: volume?.size ?? (endLba + 1 - startLba) * SECTOR,
        })),
      ...placed.map(({ name: file, offset, size }) => ({ name: file, offset, size })),
    ],
    unpacks: rows.some(({ content }) => content === 'tree'),
  };
}

/** A configuration that a medium only offers says nothing of an installer itself, and was checked without one. */
function checkInstalled(config: ImageConfig, partitions: readonly ImagePartition[]): void {
  for (const { id, mount, encrypted } of partitions) {
    if (mount === USR) throw diskError(config, `it has /usr in the root, not in '${id}'`);
    if (encrypted === true && mount !== '/') {
      throw diskError(config, `it encrypts nothing but the root, and not '${id}'`);
    }
  }
}

/** Number by which systems know the partition at an index. */
export function partitionNumber({ table, disk }: Pick<ImageLayout, 'table' | 'disk'>, index: number): number {
  return table === 'mbr' ? mbrNumber(index, disk.partitions.length) : index + 1;
}

/** File on the medium with what is in a partition. */
export function imageFile(number: number): string {
  return `${number}.img`;
}

function signatureOf(config: ImageConfig): string {
  return `0x${mbrSignature(imageIdentity(config)).toString(16).padStart(8, '0')}`;
}

/** Folders whose content is left out of what is unpacked, each in the partition that wants none, as tar knows them. */
function leftOut(partitions: readonly ImagePartition[]): string[] {
  const mounts = partitions.filter(({ mount }) => mount !== undefined);
  return DOCUMENTATION.filter((folder) => {
    const holders = mounts.filter(({ mount }) => mount === '/' || `${folder}/`.startsWith(`${mount}/`));
    const [nearest] = holders.sort((a, b) => b.mount!.length - a.mount!.length);
    return nearest?.removeDocs === true;
  }).map((folder) => `${folder.slice(1)}/*`);
}

interface PlacedPart extends MediumPart {
  /** Number of the partition that it lies in, else `-`. */
  readonly partition: string;
  /** Bytes from the beginning of that partition, else of the disk. */
  readonly at: number;
}

/** What lies outside of file systems: raw binaries, and what starts a disk with an MBR. */
function placedParts(
  config: ImageConfig,
  layout: ImageLayout,
  binaries: readonly DiskPart[],
  rows: readonly Row[],
  rest: Row | undefined,
): PlacedPart[] {
  const { table, bios } = layout;
  const boot = table === 'mbr' && bios !== undefined ? [{ name: 'core.img', ...bios }] : [];
  const named = binaries.map((part, index) => ({ name: `binary-${index + 1}.img`, ...part }));
  const moves = Math.min(rootOf(layout).offset, (rest?.partition.startLba ?? Infinity) * SECTOR);
  return [...boot, ...named].map(({ name, offset, size }): PlacedPart => {
    const row = rows.find(
      ({ partition: { startLba, endLba } }) => offset >= startLba * SECTOR && offset <= endLba * SECTOR,
    );
    if (row === undefined && offset > moves) {
      throw diskError(config, 'a raw binary has to be in a partition, or before what grows');
    }
    const start = (row?.partition.startLba ?? 0) * SECTOR;
    return { name, offset, size, partition: String(row?.number ?? '-'), at: offset - start };
  });
}

/**
 * Whether the root becomes a container, by which UUID that is found, and what fstab says of a root that is none.
 */
function encryptionLines(config: ImageConfig): string[][] {
  const { installer, disk } = config;
  if (disk.encryption === undefined) return [['encryption', 'none']];
  const identity = imageIdentity(config);
  const lines = [
    ['encryption', installer?.encryption ?? 'always'],
    ['container', luksUuid(identity)],
    ['container-type', disk.encryption.type],
  ];
  const declined = declinedEncryption(config);
  if (declined === undefined) return lines;
  const line = mountLines(declined.disk, identity).find((mount) => mount.split(' ')[1] === '/');
  return [...lines, ['plain-root', line!]];
}

/** What people know a system by; one line. */
export function systemTitle({ title, version }: Pick<ImageConfig, 'title' | 'version'>): string {
  return `${title} ${version}`.replace(/\p{Cc}+/gu, ' ');
}

/**
 * `tree` is made on the target and filled from the archive, `image` is copied and stays as it is, `whole` is copied and
 * can be changed then.
 */
type Content = 'tree' | 'image' | 'whole' | 'swap' | 'none';

interface Row {
  readonly number: number;
  readonly index: number;
  readonly partition: Partition;
  readonly volume: Volume | undefined;
  readonly content: Content;
}

function contentOf(volume: Volume | undefined, isBoot: boolean): Content {
  const fileSystem = volume?.partition.fileSystem;
  if (fileSystem === undefined) return isBoot ? 'image' : 'none';
  if (fileSystem === 'swap') return 'swap';
  if (isExt(fileSystem)) return 'tree';
  // There is no program on the medium that makes xfs or btrfs.
  return isFat(fileSystem) || isReadOnly(fileSystem) ? 'image' : 'whole';
}

function restOf(wanted: readonly ImagePartition[], rows: readonly Row[]): Row | undefined {
  // What is copied whole becomes larger when it is first mounted.
  const can = (index: number): boolean =>
    rows[index]?.content === 'tree' || (rows[index]?.content === 'whole' && wanted[index]!.grow);
  const first = (test: (partition: ImagePartition) => boolean): Row | undefined =>
    rows[wanted.findIndex((partition, index) => can(index) && test(partition))];
  return (
    first(({ size }) => size === 'max') ?? first(({ grow }) => grow) ?? first(({ mount }) => mount === '/')
  );
}

function partitionLine(config: ImageConfig, layout: ImageLayout, row: Row, isRest: boolean): string[] {
  const { number, index, partition, volume, content } = row;
  const { startLba, endLba, uuid, name, attributes } = partition;
  const isMbr = layout.table === 'mbr';
  const type = isMbr ? mbrType(diskPartitions(config.disk)[index]!).toString(16) : partition.type;
  const grow = attributes === 0n ? '' : GROW;
  const active = layout.active === index ? 'bootable' : '';
  const { fileSystem, label, mount } = volume?.partition ?? {};
  for (const text of [name, label ?? '']) {
    if (/["\\\p{Cc}]/u.test(text)) throw diskError(config, `'${text}' has quotes or control characters`);
  }
  const sectors = endLba + 1 - startLba;
  return [
    ...['partition', String(number), String(startLba), String(sectors), type, uuid, name],
    ...[isMbr ? active : grow, fileSystem ?? '', volume?.uuid ?? '', label ?? '', mount ?? ''],
    ...[content, isRest ? 'rest' : ''],
  ].map((field) => (field === '' ? '-' : field));
}

function diskError({ name }: ImageConfig, what: string): Error {
  return usageError('INSTALLER_DISK', `${name}: an installer cannot make this disk: ${what}`, {
    hint: 'Change disk.partitions, or leave out the installer.',
  });
}
