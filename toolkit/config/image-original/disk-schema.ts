import { z } from 'zod';
import { partitionTypeNames } from '../../domain/image-config/disk.ts';

/** MiB, or another whole number. */
const whole = z.int().min(0);

const artifact = z.strictObject({
  Name: z.string().optional(),
  Type: z.string().optional(),
  Compression: z.string().optional(),
});

const TYPES = Object.keys(partitionTypeNames).filter((name) => name !== 'bios-boot');

const partition = z
  .strictObject({
    ID: z.string().optional(),
    Name: z
      .string()
      .regex(/^[\x20-\x7e]{0,36}$/, 'at most 36 letters of ASCII are wanted')
      .optional(),
    Start: whole.optional(),
    End: whole.optional(),
    FsType: z.enum(['', 'fat32', 'fat16', 'vfat', 'ext2', 'ext3', 'ext4', 'xfs', 'linux-swap']).optional(),
    Flags: z.array(z.enum(['esp', 'grub', 'bios_grub', 'bios-grub', 'boot', 'dmroot'])).optional(),
    Type: z.enum(['', ...TYPES]).optional(),
    TypeUUID: z
      .string()
      .regex(/^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$/, 'a GUID is wanted')
      .optional(),
    Artifacts: z.array(artifact).optional(),
  })
  .refine((value) => !value.Type || !value.TypeUUID, 'give either Type or TypeUUID');

export const originalDisk = z.strictObject({
  PartitionTableType: z.enum(['', 'gpt', 'mbr']).optional(),
  MaxSize: whole.optional(),
  TargetDisk: z.strictObject({ Type: z.string().optional(), Value: z.string().optional() }).optional(),
  Artifacts: z.array(artifact).optional(),
  Partitions: z.array(partition).optional(),
  RawBinaries: z
    .array(z.strictObject({ BinPath: z.string(), BlockSize: whole.optional(), Seek: whole.optional() }))
    .optional(),
});

export type OriginalArtifact = z.infer<typeof artifact>;
export type OriginalPartition = z.infer<typeof partition>;
export type OriginalDisk = z.infer<typeof originalDisk>;
