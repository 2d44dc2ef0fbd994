import { imageIdentity } from '../../domain/image-identity.ts';
import type { Step } from '../../domain/image-steps.ts';
import { makeErofs, squash } from '../../domain/read-only-tree.ts';
import { IN, WORK } from './steps.ts';
import type { ArtifactsRequest } from './types.ts';

/** What the root file system is as a read-only image, `WORK/image`, from `IN/rootfs.tar`. */
export function planTree(
  format: 'squashfs' | 'erofs',
  { config, rootfs }: Pick<ArtifactsRequest, 'config' | 'rootfs'>,
): Step {
  const files = { tar: `${IN}/rootfs.tar`, output: `${WORK}/image` };
  const { epoch, top } = rootfs;
  return format === 'squashfs'
    ? squash(epoch, top, files)
    : makeErofs(epoch, imageIdentity(config).of('erofs'), files);
}
