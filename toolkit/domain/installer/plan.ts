import type { Partition } from '../disk.ts';
import { usageError } from '../errors.ts';
import type { ImageConfig } from '../image.ts';
import type { ImagePartition } from '../image-config/disk.ts';
import { luksUuid } from '../image-encryption.ts';
import { imageIdentity } from '../image-identity.ts';
import { mountLines } from '../image-mounts.ts';
import { diskPartitions, isExt, isFat, isReadOnly } from '../image-partitions.ts';
import type { ImageLayout, Volume } from '../layout.ts';
import { declinedEncryption } from './encryption.ts';

/** How sfdisk calls the attribute that tells a system to grow a file system. */
const GROW = 'GUID:59';
const SECTOR = 512;

/** A partition that is on the medium as it will be on the disk. Bytes. */
export interface MediumPartition {
  readonly number: number;
  readonly offset: number;
  readonly size: number;
}

/** What an installer is told, and which parts of the image's disk it takes as they are. */
export interface InstallerPlan {
  /** Lines of keys and values with tabs between, as specs/distrokit-installer/write.sh reads them. */
  readonly text: string;
  readonly copied: readonly MediumPartition[];
  /** Whether anything is filled from the archive of the system. */
  readonly unpacks: boolean;
}

/**
 * How a configuration is installed to a disk that may be larger than its image: the same partitions with the same
 * UUIDs, of which one takes the rest of the disk: what is `max`, else what may grow, else the root. Throws
 * `INSTALLER_DISK` for a disk that the installer cannot make.
 */
export function planInstallation(config: ImageConfig, layout: ImageLayout): InstallerPlan {
  const { installer, name, version, hostname } = config;
  const wanted = diskPartitions(config.disk);
  const { disk, bios, volumes, root, verity } = layout;
  // Whose hashes are known cannot be made anew.
  const sealed = verity === undefined ? [] : [root.number, verity.number];
  const rows = disk.partitions.map((partition, index): Row => {
    const volume = volumes.find(({ number }) => number === index + 1);
    const isBoot = bios !== undefined && partition.startLba * SECTOR === bios.offset;
    const content = sealed.includes(index + 1) ? 'image' : contentOf(config, volume, isBoot);
    return { number: index + 1, partition, volume, content };
  });
  const rest = restOf(wanted, rows);
  const late = bios !== undefined && rest !== undefined && rest.partition.startLba * SECTOR < bios.offset;
  if (late) throw diskError(config, 'the partition with the flag bios-grub has to be before what grows');
  const lines = [
    ...[
      ['name', name],
      ['version', version],
      ['title', systemTitle(config)],
      ['hostname', hostname],
    ],
    ['target', installer?.target ?? 'ask'],
    ['afterwards', installer?.afterwards ?? 'power-off'],
    ['disk', disk.uuid],
    ['root', disk.partitions[root.number - 1]!.uuid],
    ...encryptionLines(config),
    ...rows.map((row) => partitionLine(config, row, row === rest)),
  ];
  return {
    text: lines.map((fields) => `${fields.join('\t')}\n`).join(''),
    copied: rows
      .filter(({ content }) => content === 'image')
      .map(({ number, partition: { startLba, endLba } }) => ({
        ...{ number, offset: startLba * SECTOR, size: (endLba + 1 - startLba) * SECTOR },
      })),
    unpacks: rows.some(({ content }) => content === 'tree'),
  };
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

type Content = 'tree' | 'image' | 'swap' | 'none';

interface Row {
  readonly number: number;
  readonly partition: Partition;
  readonly volume: Volume | undefined;
  readonly content: Content;
}

function contentOf(config: ImageConfig, volume: Volume | undefined, isBoot: boolean): Content {
  const fileSystem = volume?.partition.fileSystem;
  if (fileSystem === undefined) return isBoot ? 'image' : 'none';
  if (fileSystem === 'swap') return 'swap';
  if (isExt(fileSystem)) return 'tree';
  if (isFat(fileSystem) || isReadOnly(fileSystem)) return 'image';
  throw diskError(config, `it makes no ${fileSystem}`);
}

function restOf(wanted: readonly ImagePartition[], rows: readonly Row[]): Row | undefined {
  const can = (index: number): boolean => rows[index]?.content === 'tree';
  const first = (test: (partition: ImagePartition) => boolean): Row | undefined =>
    rows[wanted.findIndex((partition, index) => can(index) && test(partition))];
  return (
    first(({ size }) => size === 'max') ?? first(({ grow }) => grow) ?? first(({ mount }) => mount === '/')
  );
}

function partitionLine(config: ImageConfig, row: Row, isRest: boolean): string[] {
  const { number, partition, volume, content } = row;
  const { startLba, endLba, type, uuid, name, attributes } = partition;
  const { fileSystem, label, mount } = volume?.partition ?? {};
  for (const text of [name, label ?? '']) {
    if (/["\\\p{Cc}]/u.test(text)) throw diskError(config, `'${text}' has quotes or control characters`);
  }
  const sectors = endLba + 1 - startLba;
  return [
    ...['partition', String(number), String(startLba), String(sectors), type, uuid, name],
    ...[attributes === 0n ? '' : GROW, fileSystem ?? '', volume?.uuid ?? '', label ?? '', mount ?? ''],
    ...[content, isRest ? 'rest' : ''],
  ].map((field) => (field === '' ? '-' : field));
}

function diskError({ name }: ImageConfig, what: string): Error {
  return usageError('INSTALLER_DISK', `${name}: an installer cannot make this disk: ${what}`, {
    hint: 'Change disk.partitions, or leave out the installer.',
  });
}
