import type { FileDigest } from './digest.ts';
import type { TopFolder, TreeSize } from './image-job.ts';
import type { ManifestEntry, ReadContent } from './manifest.ts';

/** What the files of a root file system have in them, wherever that lies. */
export interface RootfsContents {
  /** Opens all; `entries` are those of the whole manifest. Throws `ROOTFS_CONTENTS` where they do not fit. */
  open(entries: readonly ManifestEntry[]): Promise<ContentReader>;
  /** The sorted PAX tar of the root file system, in the store: made when it is first asked for. */
  tar(signal: AbortSignal): Promise<FileDigest>;
}

/** Disposing it closes what is open. */
export interface ContentReader extends Disposable {
  readonly read: ReadContent;
}

/** A composed root file system. */
export interface Rootfs {
  /** Key of the action that made it. */
  readonly key: string;
  /** JSON lines, see `manifestLine`: in the store. It has the digests of all contents. */
  readonly manifest: FileDigest;
  readonly contents: RootfsContents;
  /** Seconds since the epoch: the newest time in it. */
  readonly epoch: number;
  readonly size: TreeSize;
  readonly top: TopFolder;
  readonly kernel: BootKernel | undefined;
  readonly osRelease: FileDigest | undefined;
  /** systemd's EFI stub, where the package with it is installed. */
  readonly efiStub: FileDigest | undefined;
  /** Whether GRUB's modules for BIOS are installed, in `GRUB_BIOS`. */
  readonly hasGrubBios: boolean;
  /** systemd-boot, where the package with it is installed. */
  readonly systemdBoot: FileDigest | undefined;
  /** Whether GRUB's modules for UEFI are installed, in `GRUB_EFI`. */
  readonly hasGrubEfi: boolean;
  /** What a live medium starts with, where the package for it is installed. */
  readonly live: { readonly init: FileDigest; readonly busybox: FileDigest } | undefined;
}

export interface BootKernel {
  readonly image: FileDigest;
  /** What `uname -r` says. */
  readonly release: string;
}

/** The initramfs that a disk without an ESP has beside its kernel. It is no part of the tree that it is made of. */
export const OWN_INITRAMFS = '/boot/initramfs.distrokit.img';

/** Where GRUB's packages have the modules for BIOS, in an image as in the tools root. */
export const GRUB_BIOS = '/usr/lib/grub/i386-pc';
/** And those for UEFI. */
export const GRUB_EFI = '/usr/lib/grub/x86_64-efi';
/** Where systemd's packages have its EFI stub and loader, in an image as in the tools root. */
export const EFI_STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
export const SYSTEMD_BOOT = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';
