import type { FileDigest, Sha256 } from './digest.ts';
import type { ImageLayout } from './layout.ts';

/** A finished raw disk in the store. */
export interface Disk {
  readonly key: Sha256;
  readonly raw: FileDigest;
  readonly layout: ImageLayout;
}
