import { usageError } from '../../domain/errors.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { ArtifactsRequest } from './types.ts';

/** What a live medium needs of the root file system. Throws `IMAGE_NO_LIVE` where it is not there. */
export function livePartsOf({ config, rootfs }: Pick<ArtifactsRequest, 'config' | 'rootfs'>) {
  const { kernel, live } = rootfs;
  if (kernel !== undefined && live !== undefined) return { kernel, live, identity: imageIdentity(config) };
  const missing = kernel === undefined ? 'kernel' : 'distrokit-live';
  throw usageError(
    'IMAGE_NO_LIVE',
    `${config.name}: a live system cannot start without the package ${missing}`,
    {
      hint: `Add '${missing}' to the configuration's packages, or take 'iso' and 'pxe' out of its formats.`,
    },
  );
}

/** The root file system that an ISO runs: the image's, or that of its installer. */
export function isoRootfs({ rootfs, installer }: Pick<ArtifactsRequest, 'rootfs' | 'installer'>): Rootfs {
  return installer?.live ?? rootfs;
}
