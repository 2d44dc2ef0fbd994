import type { BootLoader } from '../../domain/image-config/disk.ts';
import type { BootKernel, Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';

/** What starts a disk, and what makes it. */
export interface BootPlan {
  /** Small files that the steps read. */
  readonly texts: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Made in this order when the steps are done, by whoever has the key. */
  readonly signings: readonly Signing[];
  /** Files of the ESP: where they come from in the sandbox, and their paths in it. */
  readonly espFiles: readonly EspFile[];
}

export type EspFile = readonly [from: string, to: string];

/** A file of the sandbox's `WORK` that is made of another of it with the user's key. Both by name. */
export interface Signing {
  readonly from: string;
  readonly to: string;
  /** The EFI program with its signature, or a detached one in the form that GRUB reads. */
  readonly kind: 'program' | 'detached';
}

/** What boot programs are made of. */
export interface BootRequest {
  readonly name: string;
  readonly title: string;
  /** What a unified kernel image is called in EFI/Linux. */
  readonly unifiedName: string;
  readonly rootfs: Rootfs;
  readonly kernel: BootKernel;
  readonly commandLine: string;
  /** Whether the kernel is started with the initramfs `IN/initrd`. */
  readonly hasInitrd: boolean;
  /** Whether that lies where the kernel does, where that is not in the ESP. */
  readonly isBesideKernel: boolean;
  /** What UEFI starts. */
  readonly loader: BootLoader;
  /** DER certificate where programs for UEFI are signed. */
  readonly certificate: Uint8Array | undefined;
}
