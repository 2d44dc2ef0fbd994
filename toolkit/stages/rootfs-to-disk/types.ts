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

export interface DiskPlan {
  readonly key: Sha256;
  readonly layout: ImageLayout;
  /** Stored content that the steps read, by its name in the sandbox's `IN`. */
  readonly inputs: readonly { readonly name: string; readonly digest: FileDigest }[];
  /** Small files that the steps read, by name in the sandbox's `WORK`. */
  readonly texts: Readonly<Record<string, string>>;
  /** What fills the root partition, and what fills the ESP: independent of each other. */
  readonly chains: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}
