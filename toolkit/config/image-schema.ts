import { z } from 'zod';
import { RELEASE_VERSION } from '../domain/image.ts';
import { imageFormats } from '../domain/image-format.ts';
import { groupSchema, userSchema } from './image-form/accounts.ts';
import { diskSchema, otherDiskSchema } from './image-form/disk.ts';
import { laterFormats } from './image-form/later-formats.ts';
import {
  fileSchema,
  folderSchema,
  installerSchema,
  mediumFileSchema,
  networkSchema,
  overlaySchema,
  repositorySchema,
  rpmSchema,
  scriptsSchema,
  selinuxSchema,
  servicesSchema,
} from './image-form/system.ts';
import { fileStem, hostPath, packageName } from './image-form/words.ts';

/** A file of packages that configurations share. */
export const packageListSchema = z.strictObject({
  include: z.array(hostPath).optional(),
  packages: z.array(packageName).optional(),
});

/** Part of file names, boot menus and volume labels. */
export const imageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name has lower-case letters, digits, dots, _ and -');

const anyFormat = z.enum([...imageFormats, ...laterFormats]);

const installedName = z.string().regex(/^[A-Za-z0-9][^\s,]*$/, 'the name of a package is wanted');

const verityPartitions = z.strictObject({
  data: z.string().min(1).describe('label of the partition with the file system'),
  hashes: z.string().min(1).describe('label of the partition for its hashes'),
});

/** An image configuration as a user writes it. What it extends may have the rest: every key is optional. */
export const imageSchema = z.strictObject({
  extends: z
    .union([hostPath, z.array(hostPath)])
    .describe('configurations that this one is laid over')
    .optional(),
  name: imageName.describe("name of the image; the file's name where it does not say").optional(),
  base: z
    .strictObject({
      image: hostPath.describe('the image; else the command names it').optional(),
      kernelArgs: z.enum(['keep', 'drop']).describe('arguments that it is started with').optional(),
      update: z
        .union([z.literal('all'), z.array(installedName)], "'all' or a list of packages is wanted")
        .describe('installed packages that become newer versions')
        .optional(),
      uuids: z.enum(['keep', 'reset']).describe('UUIDs of its disk, partitions and file systems').optional(),
      verityPartitions: z
        .strictObject({ root: verityPartitions.optional(), usr: verityPartitions.optional() })
        .describe('what disk.verity and disk.usrVerity are for, of the partitions that it has')
        .optional(),
      updateLists: z.array(hostPath).describe('package lists of such packages').optional(),
    })
    .describe('the image that is changed: for `customize`')
    .optional(),
  version: z
    .string('a release version in quotes is wanted, as "1.0"')
    .regex(RELEASE_VERSION, 'a release version such as "1.0" is wanted')
    .describe('release version, in quotes; part of every file name')
    .optional(),
  artifactName: fileStem.describe('what the files are called, instead of the name').optional(),
  title: z.string().describe('for people').optional(),
  include: z.array(hostPath).describe('package lists').optional(),
  packages: z.array(packageName).optional(),
  removePackages: z.array(packageName).optional(),
  removeLists: z.array(hostPath).describe('package lists of packages to erase').optional(),
  kernel: packageName.describe('package of the kernel').optional(),
  hostname: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/, 'a host name has letters, digits, dots and -')
    .optional(),
  locale: z
    .string()
    .regex(/^[A-Za-z0-9][\w.@-]*$/, 'a locale is wanted, as "C.UTF-8"')
    .optional(),
  keymap: z
    .string()
    .regex(/^[\w.-]+$/, 'a key map is wanted, as "de"')
    .optional(),
  timezone: z
    .string()
    .regex(/^[A-Za-z0-9+_-]+(?:\/[A-Za-z0-9+_-]+)*$/, 'a time zone is wanted, as "Europe/Berlin"')
    .optional(),
  machineId: z.enum(['empty', 'uninitialized']).optional(),
  liveRoot: z.enum(['medium', 'memory']).describe('where the system of a live ISO runs from').optional(),
  hidepid: z.boolean().describe("hides other users' processes").optional(),
  kernelArgs: z
    .string()
    .regex(/^[^\n\r'"\\]*$/, 'one line without quotes and backslashes is wanted')
    .optional(),
  fips: z.boolean().optional(),
  ima: z.array(z.enum(['tcb', 'appraise_tcb', 'secure_boot'])).optional(),
  cgroup: z.enum(['v1', 'v2']).optional(),
  selinux: selinuxSchema.optional(),
  groups: z.array(groupSchema).optional(),
  users: z.array(userSchema).optional(),
  folders: z.array(folderSchema).optional(),
  files: z.array(fileSchema).optional(),
  mediumFiles: z.array(mediumFileSchema).describe('files on live media, beside the system').optional(),
  services: servicesSchema.optional(),
  networks: z.array(networkSchema).optional(),
  repositories: z.array(repositorySchema).optional(),
  overlays: z.array(overlaySchema).describe('overlay file systems of the running system').optional(),
  scripts: scriptsSchema.optional(),
  rpm: rpmSchema.optional(),
  disk: diskSchema.optional(),
  otherArtifacts: z
    .array(z.strictObject({ name: fileStem, format: anyFormat }))
    .describe('artifacts of other names')
    .optional(),
  otherDisks: z.array(otherDiskSchema).describe('disks beside the one that it starts from').optional(),
  installer: installerSchema.optional(),
  formats: z.array(anyFormat).min(1, 'at least one format is wanted').optional(),
});

export type ImageSource = z.infer<typeof imageSchema>;
