import type { FileDigest } from './digest.ts';
import type { TopFolder, TreeSize } from './image-job.ts';

/** A composed root file system; all content is in the store. */
export interface Rootfs {
  /** Key of the action that made it. */
  readonly key: string;
  /** Sorted PAX tar. */
  readonly tar: FileDigest;
  /** JSON lines, see `manifestLine`. */
  readonly manifest: FileDigest;
  /** Seconds since the epoch: the newest time in it. */
  readonly epoch: number;
  readonly size: TreeSize;
  readonly top: TopFolder;
  readonly kernel: BootKernel | undefined;
  readonly osRelease: FileDigest | undefined;
  /** What a live medium starts with, where the package for it is installed. */
  readonly live: { readonly init: FileDigest; readonly busybox: FileDigest } | undefined;
}

export interface BootKernel {
  readonly image: FileDigest;
  /** What `uname -r` says. */
  readonly release: string;
}
