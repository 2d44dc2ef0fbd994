import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readManifestEntries } from '../../config/rootfs-manifest.ts';
import type { PartitionNames } from '../../domain/fstab.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { ContentReader, Rootfs } from '../../domain/image-rootfs.ts';
import { liveMounts } from '../../domain/live-mounts.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { Ports } from '../../domain/ports.ts';
import { stored } from '../../domain/stored.ts';
import { writeTar } from '../../formats/tar/index.ts';

const BUFFER = 1 << 20;
const FSTAB = 'etc/fstab';

/** A root file system as it runs without its disks. */
export interface LiveTree {
  readonly entries: readonly ManifestEntry[];
  /** Opens the contents of all of them. */
  readonly open: () => Promise<ContentReader>;
}

/** The tree of a root file system, whose fstab names none of the partitions `own`. */
export async function liveTree(
  { manifest, contents }: Pick<Rootfs, 'manifest' | 'contents'>,
  own: readonly PartitionNames[],
  ports: Pick<Ports, 'store'>,
): Promise<LiveTree> {
  const entries = await readManifestEntries(await stored(manifest, 'the manifest', ports));
  const plain = { entries, open: async () => await contents.open(entries) };
  const table = entries.find(({ path, type }) => type === 'file' && latin1Text(path) === FSTAB);
  if (table === undefined) return plain;
  const text = Buffer.alloc(table.size);
  {
    using opened = await plain.open();
    await opened.read(table, 0, text);
  }
  const changed = liveMounts(text.toString('latin1'), own);
  if (changed === undefined) return plain;
  const bytes = Buffer.from(changed, 'latin1');
  const { data: _, ...rest } = table;
  const shown: ManifestEntry = { ...rest, size: bytes.length };
  return {
    entries: entries.map((entry) => (entry === table ? shown : entry)),
    open: async () => {
      const opened = await plain.open();
      return {
        read: (entry, from, target) => {
          if (entry !== shown) return opened.read(entry, from, target);
          target.set(bytes.subarray(from, from + target.length));
        },
        [Symbol.dispose]: () => opened[Symbol.dispose](),
      };
    },
  };
}

/** Writes the tar of a tree to a file. */
export async function writeLiveTar(path: string, { entries, open }: LiveTree): Promise<void> {
  using opened = await open();
  const content = async function* (entry: ManifestEntry): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < entry.size; at += BUFFER) {
      const piece = Buffer.allocUnsafe(Math.min(BUFFER, entry.size - at));
      await opened.read(entry, at, piece);
      yield piece;
    }
  };
  const tar = writeTar(entries, content, { xattrs: 'both' });
  await pipeline(tar, createWriteStream(path, { mode: 0o644 }));
}
