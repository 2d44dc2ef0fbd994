import { readManifestEntries } from '../../../config/rootfs-manifest.ts';
import type { FileDigest } from '../../../domain/digest.ts';
import type { Ports } from '../../../domain/ports.ts';
import { stored } from '../../../domain/stored.ts';
import type { DiskRequest } from '../types.ts';
import { buildInitramfs } from './build.ts';
import { initramfsTask } from './task.ts';

/** The initramfs of a disk, in the store; undefined where its kernel needs none. Throws what `buildInitramfs` throws. */
export async function storeInitramfs(
  { config, rootfs }: Pick<DiskRequest, 'config' | 'rootfs'>,
  ports: Pick<Ports, 'store'>,
  signal: AbortSignal,
): Promise<FileDigest | undefined> {
  const task = initramfsTask(config);
  if (task === undefined) return undefined;
  const entries = await readManifestEntries(await stored(rootfs.manifest, 'the manifest', ports));
  using contents = await rootfs.contents.open(entries);
  const image = { entries, read: contents.read, epoch: rootfs.epoch };
  return await ports.store.putStream(await buildInitramfs(config.name, task, image), undefined, signal);
}
