import { actionKey } from '../../../domain/action-key.ts';
import type { FileDigest } from '../../../domain/digest.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import type { Ports } from '../../../domain/ports.ts';
import type { DiskRequest } from '../types.ts';
import { buildInitramfs } from './build.ts';
import { initProgram } from './init-program.ts';
import { driversOf, type InitramfsTask } from './task.ts';

/** An initramfs in the store: made, or found where one was made of the same things. Throws what `buildInitramfs` throws. */
export async function storeInitramfs(
  { config, rootfs }: Pick<DiskRequest, 'config' | 'rootfs'>,
  task: InitramfsTask,
  entries: readonly ManifestEntry[],
  ports: Pick<Ports, 'store'>,
  signal: AbortSignal,
): Promise<FileDigest> {
  const release = rootfs.kernel?.release ?? '';
  const { epoch, manifest } = rootfs;
  const key = actionKey('initramfs/1', {
    ...{ manifest: manifest.sha256, epoch, release, init: initProgram('') },
    ...{ drivers: driversOf(task), unlocks: task.unlocks },
    ...(task.scrambles === true ? { scrambles: true } : {}),
    ...(task.verity === undefined ? {} : { verity: { ...task.verity } }),
    ...(task.early === undefined ? {} : { mounts: task.early.mounts.map((one) => ({ ...one })) }),
  });
  const known = (await ports.store.action(key))?.outputs[0]?.digest;
  if (known !== undefined) return known;
  using contents = await rootfs.contents.open(entries);
  const bytes = await buildInitramfs(config.name, task, { entries, read: contents.read, epoch, release });
  const digest = await ports.store.putStream(bytes, undefined, signal);
  await ports.store.saveAction(key, { outputs: [{ name: 'initrd', digest }], facts: {} });
  return digest;
}
