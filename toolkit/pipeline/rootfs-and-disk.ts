import { wantsDisk } from '../domain/image.ts';
import type { Disk } from '../domain/image-disk.ts';
import type { Rootfs } from '../domain/image-rootfs.ts';
import { declinedEncryption, isEncryptedByInstaller } from '../domain/installer/encryption.ts';
import { openRootfs, type RootfsRequest } from '../stages/repo-to-rootfs/index.ts';
import { type DiskRequest, writeDisk } from '../stages/rootfs-to-disk/index.ts';
import type { Context } from './context.ts';
import { inStage } from './stage.ts';

export interface MadeRootfsAndDisk {
  readonly rootfs: Rootfs;
  readonly disk: Disk | undefined;
  /** What starts the system where an installer may leave its root unencrypted. */
  readonly declined: Disk | undefined;
}

/**
 * Composes a root file system and writes the disk of it where a format holds one: straight from the tree that rpm
 * left, no tar between. `what` tells of its packages.
 */
export async function makeRootfsAndDisk(
  {
    efiSigner,
    passphrase,
    ...request
  }: Omit<RootfsRequest, 'program' | 'leavesTree'> & Pick<DiskRequest, 'efiSigner' | 'passphrase'>,
  what: string,
  { ports, program }: Pick<Context, 'ports' | 'program'>,
  signal: AbortSignal,
): Promise<MadeRootfsAndDisk> {
  const { config, tools, target } = request;
  const hasDisk = wantsDisk(config);
  const leavesTree = hasDisk && target === undefined;
  await using opened = await inStage(ports, 'root file system', undefined, async () => {
    const result = await openRootfs({ ...request, program, leavesTree }, ports, signal);
    return { result, detail: `${what}, ${result.rootfs.size.entries} files` };
  });
  const { rootfs } = opened;
  if (!hasDisk) return { rootfs, disk: undefined, declined: undefined };
  try {
    const { disk, declined } = await inStage(ports, 'disk', undefined, async () => {
      const forInstaller = isEncryptedByInstaller(config);
      const wanted = { config, rootfs, tools, program, efiSigner, passphrase, forInstaller };
      const written = await writeDisk(wanted, ports, signal);
      const other = declinedEncryption(config);
      const second = other && (await writeDisk({ ...wanted, config: other }, ports, signal));
      const detail = `${Math.round(written.raw.size / 1048576)} MiB`;
      return { result: { disk: written, declined: second }, detail };
    });
    return { rootfs: await opened.settle(disk, signal), disk, declined };
  } catch (error) {
    // The disk may be asked for again in another size: nothing is to be installed anew then.
    if (!signal.aborted) await opened.settle(undefined, signal).catch(() => undefined);
    throw error;
  }
}
