import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { EfiSigner } from '../../domain/efi-signer.ts';
import type { ImageConfig } from '../../domain/image.ts';
import type { ToolkitProgram } from '../../domain/image-program.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { ImageLayout, Volume } from '../../domain/layout.ts';
import type { Root } from '../../domain/ports.ts';
import type { BtrfsOptions } from '../../formats/btrfs/index.ts';
import type { Ext4Options } from '../../formats/ext4/index.ts';
import type { XfsOptions } from '../../formats/xfs/index.ts';
import type { Signing } from './boot-plan.ts';
import type { PlacedBinary } from './raw-binaries.ts';

export interface DiskRequest {
  readonly config: ImageConfig;
  readonly rootfs: Rootfs;
  /** Root with mtools, ukify and GRUB. */
  readonly tools: Root;
  readonly program: ToolkitProgram;
  /** Where the configuration names a key for Secure Boot. */
  readonly efiSigner?: EfiSigner | undefined;
  /** Where the root is encrypted: what opens it. */
  readonly passphrase?: Uint8Array | undefined;
  /** Only what starts it and what programs make: an installer makes the rest on the disk that it installs to. */
  readonly forInstaller?: boolean;
  /** Mount points of other disks of the image: what is below them is not on this one. */
  readonly otherMounts?: readonly string[];
}

export interface DiskPlan {
  readonly key: Sha256;
  readonly layout: ImageLayout;
  /** Stored content that it is made of; the steps find it by its name in the sandbox's `IN`. */
  readonly inputs: readonly { readonly name: string; readonly digest: FileDigest }[];
  /** What starts the disk by `commandLine`, and the FAT file systems that hold it. */
  readonly boot: BootSteps;
  /** Of what dm-verity checks it is complete only when that is hashed. */
  readonly commandLine: string;
  /** The same as `boot`, with another command line. */
  readonly startedBy: (commandLine: string) => BootSteps;
  /** What makes the read-only file systems. */
  readonly treeSteps: readonly Step[];
  /** How the ext file systems are made. */
  readonly ext: ReadonlyMap<Volume, Ext4Options>;
  readonly btrfs: ReadonlyMap<Volume, BtrfsOptions>;
  readonly xfs: ReadonlyMap<Volume, XfsOptions>;
  /** Files that lie on it as they are. */
  readonly binaries: readonly PlacedBinary[];
}

export interface BootSteps {
  /** Small files that the steps read, by name in the sandbox's `WORK`; latin1, so that they hold any bytes. */
  readonly texts: Readonly<Record<string, string>>;
  /** What makes the boot programs. */
  readonly bootSteps: readonly Step[];
  /** What is signed of them. */
  readonly signings: readonly Signing[];
  /** What makes the FAT file systems, when all is signed. */
  readonly steps: readonly Step[];
}
