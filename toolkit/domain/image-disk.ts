import type { FileDigest, Sha256 } from './digest.ts';
import type { ImageLayout } from './layout.ts';

/** A finished raw disk in the store. */
export interface Disk {
  readonly key: Sha256;
  readonly raw: FileDigest;
  /** Where it is not zeros: JSON, a list of pairs of offset and length in bytes, ascending. */
  readonly extents: FileDigest;
  readonly layout: ImageLayout;
}
