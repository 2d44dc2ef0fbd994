import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { ImageConfig } from '../../domain/image.ts';
import type { ToolkitProgram } from '../../domain/image-program.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { ImageLayout } from '../../domain/layout.ts';
import type { Root } from '../../domain/ports.ts';

export interface DiskRequest {
  readonly config: ImageConfig;
  readonly rootfs: Rootfs;
  /** Root with mke2fs 1.47.1 or newer, mtools, ukify and GRUB. */
  readonly tools: Root;
  readonly program: ToolkitProgram;
}

/** An extended attribute of a file: path and name as in the manifest, the value as base64. */
export interface FileXattr {
  /** Latin1, without a leading slash. */
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/** What is read from the root file system before the plan can be made. */
export interface DiskFacts {
  /** Those that have to be stored after mke2fs. */
  readonly xattrs: readonly FileXattr[];
}

export interface DiskPlan {
  readonly key: Sha256;
  readonly layout: ImageLayout;
  /** Stored content that the steps read, by its name in the sandbox's `IN`. */
  readonly inputs: readonly { readonly name: string; readonly digest: FileDigest }[];
  /** Small files that the steps read, by name in the sandbox's `WORK`; latin1, so that they hold any bytes. */
  readonly texts: Readonly<Record<string, string>>;
  /** What fills the root partition, and what fills the ESP: independent of each other. */
  readonly chains: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}
