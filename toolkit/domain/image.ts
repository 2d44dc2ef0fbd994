import type { Sha256 } from './digest.ts';
import type { Partition } from './disk.ts';
import type { ImageDisk, NamedArtifact, OtherDisk } from './image-config/disk.ts';
import type { Secret } from './image-config/secret.ts';
import type {
  ImageGroup,
  ImageInstaller,
  ImageNetwork,
  ImageOverlay,
  ImageRepository,
  ImageRpm,
  ImageScripts,
  ImageSelinux,
} from './image-config/system.ts';
import { fileEnding, holdsDisk, type ImageFormat } from './image-format.ts';

/** What may be a release version: it is part of file names. */
export const RELEASE_VERSION = /^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,62}$/;

export interface ImageUser {
  readonly name: string;
  /** crypt(5) hash, or undefined: no password opens this account. */
  readonly passwordHash: string | undefined;
  /** The password itself, until it is hashed for the image. */
  readonly password: Secret | undefined;
  /** Days until a password has to be changed; -1: never. Undefined leaves it. */
  readonly passwordExpiresDays: number | undefined;
  /** Lines of authorized_keys. */
  readonly sshKeys: readonly string[];
  /** Of a user that no package makes; undefined takes the next free one from 1000. */
  readonly uid: number | undefined;
  /** Primary group; undefined: one of its own name. */
  readonly group: string | undefined;
  /** Supplementary groups, which must exist. */
  readonly groups: readonly string[];
  readonly shell: string | undefined;
  readonly home: string | undefined;
}

export interface ImageFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly mode: number;
  /** Names; undefined: those of the file that it replaces, or root. */
  readonly owner: string | undefined;
  readonly group: string | undefined;
  readonly content: ImageFileContent;
}

/** Text written in the configuration, or a file beside it (absolute path on the host). */
export type ImageFileContent =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'source';
      readonly source: string;
      /** What it has to have. */
      readonly sha256?: Sha256;
    };

/** A file on live media, beside the system. */
export interface MediumFile {
  /** Absolute path on the medium. */
  readonly path: string;
  readonly content: ImageFileContent;
}

/** A folder that is to be there. */
export interface ImageFolder {
  /** Absolute path in the image. */
  readonly path: string;
  /** Of one that is made. */
  readonly mode: number;
  /** Of one that is there already; undefined leaves it, and its owner. */
  readonly existingMode: number | undefined;
  /** Names; undefined: root. */
  readonly owner: string | undefined;
  readonly group: string | undefined;
}

/** A symbolic link that is to be there. */
export interface ImageLink extends Pick<ImageFolder, 'path' | 'owner' | 'group'> {
  readonly target: string;
}

/** systemd units by name, on top of what the presets of the packages say. */
export interface ImageServices {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  /** Cannot be started at all, not even by another unit. */
  readonly mask: readonly string[];
}

/** One image as its configuration describes it, every default filled in. */
export interface ImageConfig {
  readonly name: string;
  /** Release version; part of every artifact's name. */
  readonly version: string;
  /** What artifacts are called, instead of the name. */
  readonly artifactName: string;
  /** For people. */
  readonly title: string;
  /** Names or capabilities to install, in the order of the configuration, each once. */
  readonly packages: readonly string[];
  /** Names of packages to erase when all are installed. */
  readonly removePackages: readonly string[];
  readonly hostname: string;
  /** As LANG takes it; undefined leaves it to the packages. */
  readonly locale: string | undefined;
  /** Console's key map. */
  readonly keymap: string | undefined;
  /** Name of the time zone database. */
  readonly timezone: string | undefined;
  /** `uninitialized`: systemd asks at the first boot what nobody has set. */
  readonly machineId: 'empty' | 'uninitialized';
  /** What the system of a live ISO runs from: memory needs the medium no more once the kernel runs. */
  readonly liveRoot: 'medium' | 'memory';
  readonly hidepid: boolean;
  readonly selinux: ImageSelinux;
  /** Added to the kernel command line. */
  readonly kernelArgs: string;
  readonly groups: readonly ImageGroup[];
  readonly users: readonly ImageUser[];
  /** Each before what is in it. */
  readonly folders: readonly ImageFolder[];
  readonly links: readonly ImageLink[];
  /** In this order: a later one takes the place of an earlier one. */
  readonly files: readonly ImageFile[];
  readonly services: ImageServices;
  readonly networks: readonly ImageNetwork[];
  readonly repositories: readonly ImageRepository[];
  readonly overlays: readonly ImageOverlay[];
  readonly scripts: ImageScripts;
  readonly rpm: ImageRpm;
  readonly disk: ImageDisk;
  /** Of an image that is changed: UUIDs of its disk, by the roles that `imageIdentity` gives them. */
  readonly keptUuids?: Readonly<Record<string, string>>;
  /** What the other UUIDs depend on, beside name and release version. */
  readonly uuidSeed?: string;
  /** Of machines with more than one. */
  readonly otherDisks: readonly OtherDisk[];
  readonly installer: ImageInstaller | undefined;
  /** What an installer that asks offers beside this one; these offer nothing. */
  readonly systems: readonly ImageConfig[];
  /** On live media, beside the system. */
  readonly mediumFiles: readonly MediumFile[];
  /** In the order of `imageFormats`. */
  readonly formats: readonly ImageFormat[];
  /** What is emitted of the image under other names. */
  readonly otherArtifacts: readonly NamedArtifact[];
}

type Emitting = Pick<ImageConfig, 'formats' | 'otherArtifacts' | 'disk'> & {
  readonly otherDisks?: readonly OtherDisk[];
};

/** Every format that is emitted, of the image, its partitions and its further disks; some may be there twice. */
export function emittedFormats(config: Emitting): readonly ImageFormat[] {
  const { formats, otherArtifacts, disk, otherDisks = [] } = config;
  const ofPartitions = disk.partitions.flatMap(({ artifacts }) => artifacts);
  return [
    ...formats,
    ...[...otherArtifacts, ...ofPartitions].map(({ format }) => format),
    ...otherDisks.flatMap((other) => emittedFormats({ ...other, disk: other, otherDisks: [] })),
  ];
}

/** Whether anything is made from the partitioned disk. */
export function wantsDisk(config: ImageConfig): boolean {
  return config.installer !== undefined || emittedFormats(config).some(holdsDisk);
}

/** File names of the partitions, in their order: each by its own name where that can tell it. */
export function partitionFileNames(
  config: Pick<ImageConfig, 'artifactName' | 'version'>,
  partitions: readonly Pick<Partition, 'name'>[],
): string[] {
  const plain = partitions.map(({ name }) => name.toLowerCase().replace(/[^a-z0-9_-]+/g, '_'));
  return plain.map((name, index) => {
    const isUnique = name !== '' && plain.indexOf(name) === plain.lastIndexOf(name);
    return `${config.artifactName}-${config.version}.${isUnique ? name : `${name}${index + 1}`}.raw`;
  });
}

/** File name of an artifact: `name-version.format`; for a variant of a format `name-version-variant.format`. */
export function artifactName(
  config: Pick<ImageConfig, 'artifactName' | 'version'>,
  format: ImageFormat,
): string {
  return `${config.artifactName}-${config.version}${fileEnding(format)}`;
}
