import type { ImageFormat } from '../../domain/image.ts';
import type { ImageIdentity } from '../../domain/image-identity.ts';
import type { Extent, ImagePlan } from '../../formats/image.ts';
import { planQcow2 } from '../../formats/qcow2/index.ts';
import { planFixedVhd } from '../../formats/vhd/index.ts';
import { planVhdx } from '../../formats/vhdx/index.ts';

/** How the raw disk is stored in a disk format. `epoch` is the time that a format stores, if it does. */
export function planDiskImage(
  format: ImageFormat,
  size: number,
  extents: readonly Extent[],
  identity: ImageIdentity,
  epoch: number,
): ImagePlan {
  switch (format) {
    case 'raw':
      return {
        size,
        chunks: () =>
          extents.map(({ offset, length }) => ({ offset, copyFrom: { sourceOffset: offset, length } })),
      };
    case 'vhd':
      return planFixedVhd(size, extents, { uuid: identity.of('vhd'), timestamp: epoch });
    case 'vhdx':
      return planVhdx(size, extents, {
        diskUuid: identity.of('vhdx disk'),
        fileWriteUuid: identity.of('vhdx file write'),
        dataWriteUuid: identity.of('vhdx data write'),
      });
    case 'qcow2':
      return planQcow2(size, extents);
    default:
      throw new Error(`${format} holds no disk`);
  }
}
