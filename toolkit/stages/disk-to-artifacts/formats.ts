import type { PlannedFormat } from '../../domain/image-format.ts';
import { type ImageIdentity, imageIdentity } from '../../domain/image-identity.ts';
import type { Extent, ImagePlan } from '../../formats/image.ts';
import { planQcow2 } from '../../formats/qcow2/index.ts';
import { planVdi } from '../../formats/vdi/index.ts';
import { planDynamicVhd, planFixedVhd } from '../../formats/vhd/index.ts';
import { planVhdx, type VhdxIdentity } from '../../formats/vhdx/index.ts';
import { planVmdk, type VmdkIdentity } from '../../formats/vmdk/index.ts';
import { type Making, rawDisk } from './making.ts';
import type { DiskArea } from './types.ts';

/** How the raw disk, or an area of it, is stored in a file of the given name. */
export async function planDiskImage(
  format: PlannedFormat,
  fileName: string,
  area: DiskArea | undefined,
  making: Making,
): Promise<ImagePlan> {
  const { size } = await rawDisk(making);
  const extents = await making.extents();
  const { config, rootfs } = making.request;
  const identity = imageIdentity(config);
  switch (format) {
    case 'raw':
    case 'ext4':
    case 'partitions':
      return planArea(extents, area ?? { offset: 0, size });
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

/** A part of the disk as it is. */
export function planArea(extents: readonly Extent[], area: DiskArea): ImagePlan {
  const end = area.offset + area.size;
  return {
    size: area.size,
    *chunks() {
      for (const extent of extents) {
        const from = Math.max(extent.offset, area.offset);
        const length = Math.min(extent.offset + extent.length, end) - from;
        if (length > 0) yield { offset: from - area.offset, copyFrom: { sourceOffset: from, length } };
      }
    },
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
