import { z } from 'zod';
import {
  afterwardsKinds,
  encryptionChoices,
  networkMethods,
  selinuxModes,
} from '../../domain/image-config/system.ts';
import { accountName, hostPath, imageFolder, imagePath, sha256 } from './words.ts';

const fileMode = z
  .string('write the mode in quotes, as "0644"')
  .regex(/^(?:[0-7]{3,4}|keep)$/, 'an octal mode in quotes is wanted, as "0644"')
  .describe('octal, in quotes; keep: 0755 of a program, 0644 of any other source');

const folderMode = z
  .string('write the mode in quotes, as "0755"')
  .regex(/^[0-7]{3,4}$/, 'an octal mode in quotes is wanted, as "0755"');

export const folderSchema = z
  .strictObject({
    path: imageFolder,
    source: hostPath.describe('a folder whose content is copied').optional(),
    mode: folderMode.describe('of folders that are made').optional(),
    existingMode: folderMode.describe('of folders that are there already').optional(),
    fileMode: fileMode.optional(),
    owner: accountName.optional(),
    group: accountName.optional(),
    sha256: z.record(z.string(), sha256).describe('of files, by their paths in source').optional(),
  })
  .refine(
    (value) => value.source !== undefined || (value.fileMode ?? value.sha256) === undefined,
    'fileMode and sha256 are of the files of a source',
  );

export const fileSchema = z
  .strictObject({
    path: imagePath,
    content: z.string().optional(),
    source: hostPath.optional(),
    sha256: sha256.optional(),
    mode: fileMode.optional(),
    owner: accountName.optional(),
    group: accountName.optional(),
  })
  .refine((value) => value.sha256 === undefined || value.source !== undefined, 'sha256 is of a source')
  .refine(
    (value) => (value.content === undefined) !== (value.source === undefined),
    'give either content or source',
  );

export const mediumFileSchema = z
  .strictObject({
    path: imagePath.regex(/^[^=\\]*$/, 'a path without = and backslashes is wanted'),
    content: z.string().optional(),
    source: hostPath.optional(),
    sha256: sha256.optional(),
  })
  .refine((value) => value.sha256 === undefined || value.source !== undefined, 'sha256 is of a source')
  .refine(
    (value) => (value.content === undefined) !== (value.source === undefined),
    'give either content or source',
  );

const unitName = z
  .string()
  .regex(/^[A-Za-z0-9:_.\\@-]+$/, 'a unit of systemd is wanted, as "sshd" or "systemd-networkd.service"');

export const servicesSchema = z.strictObject({
  enable: z.array(unitName).optional(),
  disable: z.array(unitName).optional(),
  mask: z.array(unitName).optional(),
});

const script = z
  .strictObject({
    path: hostPath.optional(),
    content: z.string().min(1, 'a script is wanted').describe('the script itself').optional(),
    args: z.array(z.string()).optional(),
    timeout: z.int('whole seconds are wanted').min(1).max(86400).optional(),
    interpreter: z
      .string()
      .regex(/^[^\s\0]+$/, 'a program of the image is wanted, as "/usr/bin/python3"')
      .describe('what runs it, instead of what its first line says')
      .optional(),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'the name of a variable is wanted'), z.string())
      .describe('variables that it gets')
      .optional(),
    sha256: sha256.optional(),
  })
  .refine((value) => value.sha256 === undefined || value.path !== undefined, 'sha256 is of a path')
  .refine(
    (value) => (value.content === undefined) !== (value.path === undefined),
    'give either path or content',
  );

export const scriptsSchema = z.strictObject({
  preInstall: z.array(script).optional(),
  postInstall: z.array(script).optional(),
  finalize: z.array(script).optional(),
});

const IPV4 = '(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$|(?=/))){4}';
const IPV6 = '(?=[^/]*:[^/]*:)[0-9a-fA-F:.]+';
const address = z
  .string()
  .regex(new RegExp(`^(?:${IPV4}|${IPV6})$`), 'an IP address is wanted, as "192.0.2.1"');
const addressWithPrefix = z
  .string()
  .regex(
    new RegExp(`^(?:${IPV4}|${IPV6})/\\d{1,3}$`),
    'an address with its prefix is wanted, as "192.0.2.7/24"',
  );

export const networkSchema = z
  .strictObject({
    device: z.string().regex(/^[\w.:*?[\]-]+$/, 'a device is wanted, as "eth0", "en*" or its MAC address'),
    method: z.enum(networkMethods).optional(),
    addresses: z.array(addressWithPrefix).optional(),
    gateway: address.optional(),
    dns: z.array(address).optional(),
    onBoot: z.boolean().optional(),
  })
  .refine(
    (value) => value.method !== 'static' || (value.addresses ?? []).length > 0,
    'a static network wants addresses',
  );

/** Without what stands between the options of a mount. */
const overlayPath = imagePath.regex(/^[^,:\s\\]*$/, 'a path without spaces, commas and colons is wanted');

export const overlaySchema = z.strictObject({
  mount: overlayPath.describe('where it is seen'),
  lower: z
    .array(overlayPath)
    .min(1, 'at least one folder is wanted')
    .describe('what is read, the first on top'),
  upper: overlayPath.describe('what is written to'),
  work: overlayPath.describe('an empty folder beside upper'),
  early: z.boolean().describe('mounted by an initramfs, before the first program starts').optional(),
  after: z.array(overlayPath).describe('mount points that have to be there before').optional(),
  options: z
    .string()
    .regex(/^[^\s]+$/, 'options without spaces are wanted')
    .optional(),
});

export const repositorySchema = z.strictObject({
  name: z.string().regex(/^[\w.:-]+$/, 'letters, digits, dots, _, : and - are wanted'),
  url: z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/\S+$/, 'a URL is wanted'),
  enabled: z.boolean().optional(),
  gpgCheck: z.boolean().optional(),
  repoGpgCheck: z.boolean().optional(),
  gpgKeys: z.array(z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/\S+$/, 'a URL is wanted')).optional(),
  install: z.boolean().optional(),
});

export const selinuxSchema = z.strictObject({
  mode: z.enum(selinuxModes),
  policy: z.string().min(1).optional(),
});

export const rpmSchema = z.strictObject({
  docs: z.boolean().optional(),
  locales: z.array(z.string().regex(/^[\w.@-]+$/, 'a language is wanted, as "en_US"')).optional(),
  database: z.enum(['keep', 'remove']).optional(),
  cache: z.enum(['keep', 'remove']).optional(),
});

export const installerSchema = z.strictObject({
  target: z
    .string()
    .regex(/^(?:only|largest|\/dev\/[\w./:-]+)$/, 'a device is wanted, as "/dev/sda"; or only, or largest')
    .describe('disk that it goes to without asking')
    .optional(),
  afterwards: z.enum(afterwardsKinds).optional(),
  encryption: z
    .enum(encryptionChoices)
    .describe('whether an empty passphrase leaves the root unencrypted')
    .optional(),
  kickstart: z.boolean().describe('whether scripts.preInstall make the partitions').optional(),
  systems: z
    .array(z.union([hostPath, z.strictObject({ config: hostPath, system: z.string().optional() })]))
    .describe('configurations whose systems it offers, too')
    .optional(),
});
