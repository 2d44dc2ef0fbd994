import { readManifestEntries } from '../../../config/rootfs-manifest.ts';
import { actionKey } from '../../../domain/action-key.ts';
import type { FileDigest } from '../../../domain/digest.ts';
import type { ContentReader, RootfsContents } from '../../../domain/image-rootfs.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import type { Ports } from '../../../domain/ports.ts';
import { stored } from '../../../domain/stored.ts';
import { packTar } from '../../../formats/tar/index.ts';
import { openDisk } from './disk.ts';
import { openTar } from './tar.ts';
import { openTree } from './tree.ts';

type ContentPorts = Pick<Ports, 'store' | 'locks'>;
type Open = (entries: readonly ManifestEntry[]) => Promise<ContentReader>;

/** Contents in a tar of the store. */
export function contentsOfTar(tar: FileDigest, ports: Pick<Ports, 'store'>): RootfsContents {
  return {
    open: async (entries) => openTar(await stored(tar, 'rootfs.tar', ports), tar, entries),
    tar: async () => tar,
  };
}

/** Contents on a raw disk of the store. */
export function contentsOfDisk(
  { raw, places }: { readonly raw: FileDigest; readonly places: FileDigest },
  manifest: FileDigest,
  ports: ContentPorts,
): RootfsContents {
  const open: Open = async (entries) => {
    const list = await stored(places, 'the list of contents', ports);
    return await openDisk(await stored(raw, 'the raw disk', ports), list, entries);
  };
  return { open, tar: async (signal) => await tarOf(manifest, open, ports, signal) };
}

/** Contents in a tree that is there for a while: where it is, and the list that `listTree` made of it. */
export function contentsOfTree(
  { top, list }: { readonly top: string; readonly list: string },
  manifest: FileDigest,
  ports: ContentPorts,
): RootfsContents {
  const open: Open = async (entries) => await openTree(top, list, entries);
  return { open, tar: async (signal) => await tarOf(manifest, open, ports, signal) };
}

/** The manifest says all that is in the tar: it is made once, whatever it is made from. */
async function tarOf(
  manifest: FileDigest,
  open: Open,
  ports: ContentPorts,
  signal: AbortSignal,
): Promise<FileDigest> {
  const key = actionKey('rootfs-tar/2', { manifest: manifest.sha256 });
  await using _lock = await ports.locks.acquire(`action-${key}`, signal);
  const known = await ports.store.action(key);
  if (known?.outputs[0] !== undefined) return known.outputs[0].digest;
  const entries = await readManifestEntries(await stored(manifest, 'the manifest', ports));
  using contents = await open(entries);
  // `both`: GNU tar reads one form of extended attributes, libarchive the other.
  const bytes = packTar(entries, contents.read, { xattrs: 'both' });
  const digest = await ports.store.putStream(bytes, undefined, signal);
  await ports.store.saveAction(key, { outputs: [{ name: 'rootfs.tar', digest }], facts: {} });
  return digest;
}
