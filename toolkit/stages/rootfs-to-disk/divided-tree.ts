import { readManifestEntries } from '../../config/rootfs-manifest.ts';
import type { FileDigest } from '../../domain/digest.ts';
import { diskPartitions } from '../../domain/image-partitions.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { Ports } from '../../domain/ports.ts';
import { stored } from '../../domain/stored.ts';
import { liesBesideKernel, type TreeWithInitramfs, withInitramfs } from './initramfs/beside-kernel.ts';
import { type InitramfsTask, initramfsTask, type VerityTask } from './initramfs/task.ts';
import { checkMountNames } from './mount-names.ts';
import type { DiskRequest } from './types.ts';
import { checkVerity, verityTask } from './verity.ts';
import { type VolumeTree, volumeTrees } from './volume-trees.ts';

/** A root file system as it is to be divided. */
export interface WholeTree {
  readonly entries: readonly ManifestEntry[];
  /** What an initramfs has to do before the root can be mounted. */
  readonly task: InitramfsTask | undefined;
}

/** What of it lies where. */
export interface DividedTree extends WholeTree {
  /** What each mount point gets; undefined where all goes into one root. */
  readonly trees: ReadonlyMap<string, VolumeTree> | undefined;
  /** What reads what is in the trees, given what reads the whole tree. */
  readonly reading: TreeWithInitramfs['reading'];
}

/** Throws `IMAGE_VERITY` where a kernel cannot open what dm-verity checks. */
export async function wholeTree(
  { config, rootfs }: DiskRequest,
  ports: Pick<Ports, 'store'>,
): Promise<WholeTree> {
  const entries = await readManifestEntries(await stored(rootfs.manifest, 'the manifest', ports));
  const release = rootfs.kernel?.release ?? '';
  const others = initramfsTask(config, release, entries);
  const verity = await verityTaskOf({ config, rootfs }, entries, others !== undefined);
  const task = verity === undefined ? others : initramfsTask(config, release, entries, verity);
  return { entries, task };
}

/** Gives each mount point its part, with the initramfs of the store where GRUB looks for it there. Throws `IMAGE_MOUNT_BY`. */
export async function dividedTree(
  { config, rootfs, otherMounts = [] }: DiskRequest,
  { entries, task }: WholeTree,
  initrd: FileDigest | undefined,
  ports: Pick<Ports, 'store'>,
): Promise<DividedTree> {
  // What is to be on another disk is not on this one, whoever said where its partitions are.
  const partitions = otherMounts.length === 0 ? config.disk.partitions : diskPartitions(config.disk);
  const plain: TreeWithInitramfs = { entries, reading: (read) => read };
  const own = partitions.flatMap(({ mount }) => (mount === undefined ? [] : [mount]));
  const mounts = [...own, ...otherMounts];
  if (!mounts.includes('/')) return { entries, trees: undefined, task, reading: plain.reading };
  checkMountNames(config, entries, findsRoot(task));
  const withoutDocs = new Set(
    partitions.flatMap(({ removeDocs, mount = '' }) => (removeDocs ? [mount] : [])),
  );
  const isBeside = initrd !== undefined && liesBesideKernel(config);
  const all = isBeside ? await withInitramfs(entries, initrd, rootfs.epoch, ports) : plain;
  const trees = volumeTrees(all.entries, mounts, rootfs.epoch, withoutDocs);
  return { entries, trees, task, reading: all.reading };
}

/** What an initramfs has to do for what dm-verity checks, whose kernel and folders are as they have to be. */
async function verityTaskOf(
  { config, rootfs }: Pick<DiskRequest, 'config' | 'rootfs'>,
  entries: readonly ManifestEntry[],
  hasInitramfs: boolean,
): Promise<VerityTask | undefined> {
  if (config.disk.verity === undefined && config.disk.usrVerity === undefined) return undefined;
  using contents = await rootfs.contents.open(entries);
  const release = rootfs.kernel?.release ?? '';
  const task = await verityTask(config, release, entries, contents.read, hasInitramfs);
  await checkVerity(config, release, entries, contents.read, task);
  return task;
}

/** Whether an initramfs looks for the root by what fstab says. */
export function findsRoot(task: InitramfsTask | undefined): boolean {
  return task !== undefined && !task.unlocks && task.verity === undefined;
}
