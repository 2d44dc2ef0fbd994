import type { Partition } from './disk.ts';
import { fileEnding, type ImageFormat } from './image-format.ts';

/** How the disk starts. */
export type BootMode = 'uefi' | 'bios' | 'both';

export interface ImageUser {
  readonly name: string;
  /** crypt(5) hash, or undefined: no password opens this account. */
  readonly passwordHash: string | undefined;
  /** Lines of authorized_keys. */
  readonly sshKeys: readonly string[];
  /** Of a user that no package makes; undefined takes the next free one from 1000. */
  readonly uid: number | undefined;
  /** Supplementary groups, which must exist. */
  readonly groups: readonly string[];
  readonly shell: string | undefined;
  readonly home: string | undefined;
}

export interface ImageFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly mode: number;
  readonly content: ImageFileContent;
}

/** Text written in the configuration, or a file beside it (absolute path on the host). */
export type ImageFileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'source'; readonly source: string };

/** systemd units by name, on top of what the presets of the packages say. */
export interface ImageServices {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  /** Cannot be started at all, not even by another unit. */
  readonly mask: readonly string[];
}

export interface ImageDisk {
  /** Bytes of the whole disk, or what the content needs and some room. */
  readonly size: 'auto' | number;
  readonly boot: BootMode;
}

/** One image as its configuration describes it, every default filled in. */
export interface ImageConfig {
  readonly name: string;
  /** Release version; part of every artifact's name. */
  readonly version: string;
  /** Names or capabilities to install, in the order of the configuration, each once. */
  readonly packages: readonly string[];
  readonly hostname: string;
  /** Added to the kernel command line. */
  readonly kernelArgs: string;
  readonly users: readonly ImageUser[];
  readonly files: readonly ImageFile[];
  readonly services: ImageServices;
  readonly disk: ImageDisk;
  /** In the order of `imageFormats`. */
  readonly formats: readonly ImageFormat[];
}

/** File names of the partitions, in their order: each by its own name where that can tell it. */
export function partitionFileNames(
  config: Pick<ImageConfig, 'name' | 'version'>,
  partitions: readonly Pick<Partition, 'name'>[],
): string[] {
  const plain = partitions.map(({ name }) => name.toLowerCase().replace(/[^a-z0-9_-]+/g, '_'));
  return plain.map((name, index) => {
    const isUnique = name !== '' && plain.indexOf(name) === plain.lastIndexOf(name);
    return `${config.name}-${config.version}.${isUnique ? name : `${name}${index + 1}`}.raw`;
  });
}

/** File name of an artifact: `name-version.format`; for a variant of a format `name-version-variant.format`. */
export function artifactName(config: Pick<ImageConfig, 'name' | 'version'>, format: ImageFormat): string {
  return `${config.name}-${config.version}${fileEnding(format)}`;
}
