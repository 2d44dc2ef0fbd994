import { open } from 'node:fs/promises';
import type { FileDigest } from '../../../domain/digest.ts';
import type { ImageConfig } from '../../../domain/image.ts';
import { latin1Bytes, latin1Text } from '../../../domain/image-bytes.ts';
import { diskPartitions, isEsp } from '../../../domain/image-partitions.ts';
import { OWN_INITRAMFS } from '../../../domain/image-rootfs.ts';
import type { ManifestEntry, ReadContent } from '../../../domain/manifest.ts';
import type { Ports } from '../../../domain/ports.ts';
import { stored } from '../../../domain/stored.ts';

const KERNEL = /^boot\/vmlinuz-[^/]+$/;

/**
 * Whether GRUB finds an initramfs where it finds the kernel, as there is no ESP for both. An installer unpacks the tree,
 * which has none.
 */
export function liesBesideKernel({ disk, installer }: ImageConfig): boolean {
  const hasEsp = diskPartitions(disk).some((one) => isEsp(one, disk.table));
  return disk.boot === 'bios' && !hasEsp && installer === undefined;
}

/** A tree with an initramfs beside its kernel. */
export interface TreeWithInitramfs {
  /** Sorted. */
  readonly entries: readonly ManifestEntry[];
  /** What reads the whole tree, given what reads the rest of it. */
  readonly reading: (read: ReadContent) => ReadContent;
}

/** Adds an initramfs of the store to a tree, with the labels of its kernel. `epoch` is the time of what is made. */
export async function withInitramfs(
  entries: readonly ManifestEntry[],
  initrd: FileDigest,
  epoch: number,
  ports: Pick<Ports, 'store'>,
): Promise<TreeWithInitramfs> {
  const path = await stored(initrd, 'the initramfs', ports);
  const own = OWN_INITRAMFS.slice(1);
  const kernel = entries.find((entry) => KERNEL.test(latin1Text(entry.path)));
  const added: ManifestEntry = {
    ...{ path: latin1Bytes(own), type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: epoch },
    ...{ size: initrd.size, xattrs: kernel?.xattrs ?? [] },
  };
  // An image that is changed may have that of its base.
  const others = entries.filter((entry) => latin1Text(entry.path) !== own);
  return {
    entries: [...others, added].sort((a, b) => Buffer.compare(a.path, b.path)),
    reading: (read) => (entry, from, target) =>
      entry === added ? readPart(path, from, target) : read(entry, from, target),
  };
}

async function readPart(path: string, from: number, target: Uint8Array): Promise<void> {
  await using file = await open(path);
  for (let at = 0; at < target.length; ) {
    const { bytesRead } = await file.read(target, at, target.length - at, from + at);
    if (bytesRead === 0) throw new Error(`${path} ends before ${from + target.length}`);
    at += bytesRead;
  }
}
