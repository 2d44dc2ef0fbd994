import { z } from 'zod';
import {
  bootLoaders,
  bootModes,
  fileSystems,
  mountIdentifiers,
  partitionFlags,
  partitionTypeNames,
  verityIdentifiers,
} from '../../domain/image-config/disk.ts';
import { otherDiskFormats, partitionFormats } from '../../domain/image-format.ts';
import { diskSize, fileStem, hostPath, offset, partitionSize } from './words.ts';

const GUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

const FOLDER = /^\/(?:(?!\.{1,2}(?:\/|$))[^/\s]+(?:\/(?!$)|$))*$/;

const partitionType = z
  .string()
  .refine(
    (type) => type in partitionTypeNames || GUID.test(type),
    `a GUID is wanted, or one of ${Object.keys(partitionTypeNames).join(', ')}`,
  );

const partitionArtifact = z.strictObject({
  name: fileStem,
  format: z.enum(partitionFormats),
});

const partition = z
  .strictObject({
    id: z.string().min(1, 'an id is wanted').describe('how messages call it; each once'),
    name: z
      .string()
      .regex(/^[\x20-\x7e]{0,36}$/, 'at most 36 letters of ASCII are wanted')
      .describe('label in the partition table')
      .optional(),
    type: partitionType.optional(),
    flags: z.array(z.enum(partitionFlags)).optional(),
    start: offset.optional(),
    end: offset.optional(),
    size: partitionSize.optional(),
    grow: z.boolean().describe('takes what the disk has more, at first boot').optional(),
    fileSystem: z.enum(fileSystems).optional(),
    label: z.string().min(1).max(255).describe('label of the file system').optional(),
    mount: z.string().regex(FOLDER, 'an absolute path without . or .. is wanted').optional(),
    mountOptions: z.string().regex(/^\S*$/, 'options without spaces are wanted').optional(),
    mountBy: z.enum(mountIdentifiers).optional(),
    encrypted: z
      .boolean()
      .describe(
        'encrypted as the root is, and opened by the same passphrase; of swap with a key of each start',
      )
      .optional(),
    removeDocs: z.boolean().optional(),
    overlayBase: hostPath.optional(),
    rdiffBase: hostPath.optional(),
    artifacts: z.array(partitionArtifact).describe('what is emitted of this partition alone').optional(),
  })
  .refine((value) => value.end === undefined || value.size === undefined, 'give either end or size');

const encryption = z.strictObject({
  type: z.enum(['luks1', 'luks2']).optional(),
  passphraseFile: hostPath.optional(),
});

const usrVerity = z.strictObject({
  errorCorrection: z.boolean().optional(),
  errorCorrectionRoots: z.int().min(2).max(24).optional(),
  signed: z.boolean().optional(),
  onCorruption: z.enum(['io-error', 'ignore', 'restart', 'panic']).optional(),
  validateOnBoot: z.boolean().optional(),
  dataBy: z.enum(verityIdentifiers).describe('how the command line names the partition').optional(),
  hashBy: z.enum(verityIdentifiers).describe('how it names that of the hashes').optional(),
});

const verity = usrVerity.extend({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, dots, _ and - are wanted')
    .optional(),
  overlays: z
    .array(
      z
        .string()
        .regex(FOLDER, 'an absolute path without . or .. is wanted')
        .regex(/^\/./, 'folders of the root are wanted, not all of it')
        .regex(/^[^,:\\]*$/, 'overlayfs takes no comma, colon or backslash'),
    )
    .describe('folders that can be written to until the next boot')
    .optional(),
  overlaySize: z
    .string()
    .regex(/^\d+[kmg%]?$/, 'a size as tmpfs takes it is wanted, as "20%"')
    .optional(),
  overlayDebug: z.boolean().optional(),
});

const rawBinary = z.strictObject({
  source: hostPath,
  blockSize: z.int().min(1).optional(),
  seek: z.int().min(0).optional(),
});

/** What any disk has. */
const common = {
  size: diskSize.optional(),
  table: z.enum(['gpt', 'mbr']).optional(),
  partitions: z.array(partition).optional(),
  rawBinaries: z.array(rawBinary).optional(),
};

export const diskSchema = z.strictObject({
  ...common,
  boot: z.enum(bootModes).describe('what starts it').optional(),
  loader: z.enum(bootLoaders).optional(),
  encryption: encryption.optional(),
  verity: verity.optional(),
  usrVerity: usrVerity.optional(),
  secureBoot: z.strictObject({ key: hostPath, certificate: hostPath }).optional(),
  grubMkconfig: z.boolean().optional(),
});

/** A disk beside the one that the machine starts from. */
export const otherDiskSchema = z.strictObject({
  ...common,
  name: fileStem.describe('what its files are called, before the version').optional(),
  formats: z.array(z.enum(otherDiskFormats)).min(1, 'at least one format is wanted').optional(),
  otherArtifacts: z
    .array(z.strictObject({ name: fileStem, format: z.enum(otherDiskFormats) }))
    .describe('artifacts of other names')
    .optional(),
});
