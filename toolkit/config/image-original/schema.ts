import { z } from 'zod';
import { originalDisk } from './disk-schema.ts';
import { originalSystem } from './system-schema.ts';

/** An image configuration of the Azure Linux toolkit, with the keys of CBL-Mariner 1.0 and 2.0. */
export const originalSchema = z.strictObject({
  Disks: z.array(originalDisk).optional(),
  SystemConfigs: z.array(originalSystem).min(1, 'at least one system configuration is wanted'),
});

export type OriginalConfig = z.infer<typeof originalSchema>;
