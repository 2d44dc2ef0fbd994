import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { EfiSigner } from '../../domain/efi-signer.ts';
import type { ImageConfig } from '../../domain/image.ts';
import type { Disk } from '../../domain/image-disk.ts';
import type { DocumentKind, ImageDocument, ListedFile } from '../../domain/image-document.ts';
import type { ImageFormat } from '../../domain/image-format.ts';
import type { ToolkitProgram } from '../../domain/image-program.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { Root } from '../../domain/ports.ts';
import type { Signer } from '../../domain/services.ts';
import type { StoredMediumFile } from './medium-files.ts';

export interface ArtifactsRequest {
  readonly config: ImageConfig;
  readonly rootfs: Rootfs;
  /** Undefined only where no format holds a disk. */
  readonly disk: Disk | undefined;
  /** Root with gzip, squashfs-tools, zstd, mtools, GRUB and xorriso. */
  readonly tools: Root;
  readonly program: ToolkitProgram;
  /** Further disks, each as an image by itself. */
  readonly others?: readonly { readonly config: ImageConfig; readonly disk: Disk }[];
  /** Formats to emit now; those of the configuration that are not named stay as they are. */
  readonly only?: readonly ImageFormat[];
  /** The artifacts go to a folder of the configuration's name below it. */
  readonly imagesDir: string;
  /** Of each file that a difference is told to, by absolute path. */
  readonly bases?: ReadonlyMap<string, FileDigest>;
  /** Files of the user that are on media. */
  readonly mediumFiles?: readonly StoredMediumFile[];
  /** Content of the scripts that make the partitions of a kickstart, in their order. */
  readonly preInstall?: readonly FileDigest[];
  /** What is to be said beside the artifacts, told all that are there in the end, sorted by name. */
  readonly describe?: (artifacts: readonly ListedFile[]) => Promise<readonly ImageDocument[]>;
  /** Signs what UEFI starts of an ISO; without it that is not signed. */
  readonly efiSigner?: EfiSigner | undefined;
  /** What an installer medium has beside the image; the ISO is such a medium where it is there. */
  readonly installer?: InstallerParts;
  /** Signs everything that is there in the end; without it nothing is signed. */
  readonly signer?: Signer;
}

/** A system that a medium installs. */
export interface InstalledSystem {
  readonly config: ImageConfig;
  readonly rootfs: Rootfs;
  readonly disk: Disk;
  /** What starts the system where who is asked leaves its root unencrypted. */
  readonly declined?: Disk | undefined;
}

export interface InstallerParts {
  /** The system that runs from the medium. */
  readonly live: Rootfs;
  /** What it offers beside the image itself. */
  readonly systems: readonly InstalledSystem[];
  /** The folder of packages with its metadata: paths in it, and the content. */
  readonly repository: readonly { readonly path: string; readonly digest: FileDigest }[];
  /** What starts the system where who is asked leaves its root unencrypted. */
  readonly declined?: Disk | undefined;
  /** Of an encrypted root that is installed without asking: it is on the medium, for everyone to read. */
  readonly passphrase?: Uint8Array | undefined;
}

/** A document in the folder of the artifacts. */
export interface WrittenDocument {
  /** File name. */
  readonly name: string;
  readonly kind: DocumentKind;
  readonly size: number;
  readonly sha256: Sha256;
}

/** One file to emit. */
export interface ArtifactPlan {
  readonly format: ImageFormat;
  /** Number of the disk that it is of, from 1. */
  readonly ofDisk: number;
  readonly key: Sha256;
  readonly path: string;
  /** What of the disk it holds, in bytes, where that is not all. */
  readonly area: DiskArea | undefined;
  /** Absolute path of what a difference is told to. */
  readonly base?: string;
  /** Which file of a format with several kinds of them. */
  readonly part?: PxePart;
  /** Has a passphrase in it: nothing of it is written down, not as a digest either. */
  readonly isSecret?: boolean;
}

/** Kernel, initramfs, root file system (an initramfs, too) and script of iPXE. */
export type PxePart = 'kernel' | 'initrd' | 'root' | 'script';

export interface DiskArea {
  readonly offset: number;
  readonly size: number;
}

export interface Artifact {
  /** File name. */
  readonly name: string;
  readonly format: ImageFormat;
  readonly size: number;
  readonly sha256: Sha256;
  readonly path: string;
  /** Number of the further disk that it is all of, from 2. */
  readonly disk?: number;
  /** Whether the file was there already, whole. */
  readonly reused: boolean;
}
