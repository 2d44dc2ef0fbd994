import type { PlannedFormat } from '../../domain/image-format.ts';
import { type ImageIdentity, imageIdentity } from '../../domain/image-identity.ts';
import type { ImagePlan } from '../../formats/image.ts';
import { planQcow2 } from '../../formats/qcow2/index.ts';
import { planVdi } from '../../formats/vdi/index.ts';
import { planDynamicVhd, planFixedVhd } from '../../formats/vhd/index.ts';
import { planVhdx, type VhdxIdentity } from '../../formats/vhdx/index.ts';
import { planVmdk, type VmdkIdentity } from '../../formats/vmdk/index.ts';
import { type Making, rawDisk } from './making.ts';

/** How the raw disk is stored in a file of the given name. */
export async function planDiskImage(
  format: PlannedFormat,
  fileName: string,
  making: Making,
): Promise<ImagePlan> {
  const { size } = await rawDisk(making);
  const extents = await making.extents();
  const { config, rootfs } = making.request;
  const identity = imageIdentity(config);
  switch (format) {
    case 'raw':
      return {
        size,
        chunks: () =>
          extents.map(({ offset, length }) => ({ offset, copyFrom: { sourceOffset: offset, length } })),
      };
    case 'vhd':
      return planFixedVhd(size, extents, { uuid: identity.of('vhd'), timestamp: rootfs.epoch });
    case 'vhd-dynamic':
      return planDynamicVhd(size, extents, { uuid: identity.of(format), timestamp: rootfs.epoch });
    case 'vhdx':
      return planVhdx(size, extents, vhdxIdentity(format, identity));
    case 'vhdx-fixed':
      return planVhdx(size, extents, vhdxIdentity(format, identity), 'fixed');
    case 'qcow2':
      return planQcow2(size, extents);
    case 'vmdk':
      return planVmdk(size, extents, vmdkIdentity(format, identity, fileName));
    case 'vdi': {
      const uuids = { imageUuid: identity.of('vdi'), modificationUuid: identity.of('vdi modification') };
      return planVdi(size, extents, uuids);
    }
  }
}

function vhdxIdentity(format: 'vhdx' | 'vhdx-fixed', { of }: ImageIdentity): VhdxIdentity {
  return {
    diskUuid: of(`${format} disk`),
    fileWriteUuid: of(`${format} file write`),
    dataWriteUuid: of(`${format} data write`),
  };
}

/** What identifies a VMDK of an image. */
export function vmdkIdentity(
  format: 'vmdk' | 'vmdk-stream',
  identity: ImageIdentity,
  fileName: string,
): VmdkIdentity {
  const uuid = identity.of(format);
  // The first bit off: all bits on would say that there is no content.
  const cid = Buffer.from(uuid.slice(0, 8), 'hex').readUInt32BE() & 0x7fff_ffff;
  return { uuid, cid: cid.toString(16).padStart(8, '0'), fileName };
}
