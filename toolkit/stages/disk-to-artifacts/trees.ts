import { imageIdentity } from '../../domain/image-identity.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import { IN, WORK } from './steps.ts';
import type { ArtifactsRequest } from './types.ts';

/** What the root file system is as a read-only image, `WORK/image`, from `IN/rootfs.tar`. */
export function planTree(
  format: 'squashfs' | 'erofs',
  { config, rootfs }: Pick<ArtifactsRequest, 'config' | 'rootfs'>,
): Step {
  const image = `${WORK}/image`;
  if (format === 'squashfs') return squash(rootfs, image);
  const uuid = imageIdentity(config).of('erofs');
  const time = ['-T', String(rootfs.epoch), '--mkfs-time'];
  return {
    argv: [
      ...(['mkfs.erofs', '--quiet', '-b', '4096', '-zlz4hc', '-U', uuid, ...time] as const),
      ...['--tar=f', image, `${IN}/rootfs.tar`],
    ],
  };
}

/** sqfstar takes the root directory from its options, not from the tar. */
export function squash({ epoch, top }: Pick<Rootfs, 'epoch' | 'top'>, output: string): Step {
  return {
    argv: [
      ...(['sqfstar', '-quiet', '-no-progress', '-comp', 'zstd', '-Xcompression-level', '9'] as const),
      ...['-b', '256K', '-mkfs-time', String(epoch)],
      ...['-root-mode', top.mode.toString(8), '-root-uid', String(top.uid), '-root-gid', String(top.gid)],
      ...['-root-time', String(top.mtime), output],
    ],
    stdin: `${IN}/rootfs.tar`,
  };
}
