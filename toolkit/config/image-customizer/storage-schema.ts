import { z } from 'zod';
import { hostPath } from '../image-form/words.ts';

const size = z
  .union([z.string(), z.int().min(0)])
  .transform(String)
  .refine((text) => /^[0-9]+[KMGT]?$/.test(text), 'a size such as "512M" or "4G" is wanted')
  .refine((text) => bytesOfSize(text) % 1024 ** 2 === 0, 'a multiple of 1 MiB is wanted');

const id = z.string().min(1, 'an id is wanted');
const identifier = z.enum(['', 'uuid', 'part-uuid', 'part-label']);

const partition = z.strictObject({
  id,
  label: z.string().optional(),
  start: size.optional(),
  end: size.optional(),
  size: z.union([z.literal('grow'), size]).optional(),
  type: z.string().optional(),
});

const mountPoint = z.union([
  z.string(),
  z.strictObject({ path: z.string(), options: z.string().optional(), idType: identifier.optional() }),
]);

const fileSystem = z.strictObject({
  deviceId: id,
  type: z.enum(['', 'btrfs', 'ext4', 'xfs', 'fat32', 'vfat']).optional(),
  mountPoint: mountPoint.optional(),
  btrfs: z.looseObject({}).optional(),
});

const device = z.strictObject({ idType: z.literal('part-label'), id });

const verity = z.strictObject({
  id,
  name: z.enum(['root', 'usr']),
  dataDeviceId: z.string().optional(),
  dataDevice: device.optional(),
  dataDeviceMountIdType: identifier.optional(),
  hashDeviceId: z.string().optional(),
  hashDevice: device.optional(),
  hashDeviceMountIdType: identifier.optional(),
  corruptionOption: z.enum(['', 'io-error', 'ignore', 'panic', 'restart']).optional(),
  hashSignaturePath: hostPath.optional(),
});

const disk = z.strictObject({
  partitionTableType: z.enum(['', 'gpt']).optional(),
  maxSize: size.optional(),
  partitions: z.array(partition).optional(),
});

/** `storage` of the Image Customizer 1.4. */
export const storageSchema = z.strictObject({
  resetPartitionsUuidsType: z.enum(['', 'reset-all']).optional(),
  bootType: z.enum(['', 'efi', 'legacy']).optional(),
  disks: z.array(disk).max(1, 'one disk is made').optional(),
  filesystems: z.array(fileSystem).optional(),
  verity: z.array(verity).optional(),
  reinitializeVerity: z.enum(['', 'none', 'all']).optional(),
});

/** Bytes of `512M`, `4G`, or of a number without a unit. */
export function bytesOfSize(text: string): number {
  return Number.parseInt(text, 10) * 1024 ** (1 + 'KMGT'.indexOf(/[KMGT]$/.exec(text)?.[0] ?? ' '));
}
