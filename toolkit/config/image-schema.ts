import { z } from 'zod';
import { imageFormats } from '../domain/image-format.ts';

const packageName = z
  .string()
  .regex(/^[A-Za-z0-9/(][^\s,]*$/, 'a package name, a path or a capability without spaces is wanted');

const sshKey = z
  .string()
  .refine((key) => !key.includes('PRIVATE KEY'), 'this is a private key; the public one (.pub) is wanted')
  .refine(
    (key) =>
      /^(?:[^#\s].*\s)?(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/]+=*(?: .*)?$/.test(key.trim()),
    'one line of an OpenSSH public key is wanted, e.g. "ssh-ed25519 AAAA... me@host"',
  );

const user = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_-]{0,30}$/, 'a user name has lower-case letters, digits, _ and -'),
  passwordHash: z
    .string()
    .regex(
      /^\$(?:1|2[aby]?|5|6|y|gy|7)\$[^:\s]+$/,
      'a crypt hash is wanted, never the password itself; make one with: openssl passwd -6',
    )
    .optional(),
  sshKeys: z.array(sshKey).optional(),
  sshKeyFiles: z.array(z.string().min(1)).optional(),
  uid: z.int().min(0).max(4294967293).optional(),
  groups: z.array(z.string().regex(/^[a-z_][a-z0-9_-]*$/, 'a group name is wanted')).optional(),
  shell: z.string().startsWith('/', 'an absolute path is wanted').optional(),
  home: z.string().startsWith('/', 'an absolute path is wanted').optional(),
});

const file = z
  .strictObject({
    path: z
      .string()
      .regex(
        /^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?!.*\/\/).*[^/]$/,
        'an absolute path without . or .. is wanted',
      ),
    content: z.string().optional(),
    source: z.string().min(1).optional(),
    mode: z
      .string('write the mode in quotes, as "0644"')
      .regex(/^[0-7]{3,4}$/, 'an octal mode in quotes is wanted, as "0644"')
      .optional(),
  })
  .refine(
    (value) => (value.content === undefined) !== (value.source === undefined),
    'give either content or source',
  );

const unitName = z
  .string()
  .regex(/^[A-Za-z0-9:_.\\@-]+$/, 'a unit of systemd is wanted, as "sshd" or "systemd-networkd.service"');

const services = z.strictObject({
  enable: z.array(unitName).optional(),
  disable: z.array(unitName).optional(),
  mask: z.array(unitName).optional(),
});

const disk = z.strictObject({
  size: z
    .string('auto, or a size such as "512M" or "4G" is wanted')
    .regex(/^(?:auto|[1-9][0-9]*[MGT])$/, 'auto, or a size such as "512M" or "4G" is wanted')
    .optional(),
  boot: z.enum(['uefi', 'bios', 'both']).optional(),
});

/** A file of packages that configurations share. */
export const packageListSchema = z.strictObject({
  include: z.array(z.string().min(1)).optional(),
  packages: z.array(packageName).optional(),
});

/** Part of file names, boot menus and volume labels. */
export const imageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name has lower-case letters, digits, dots, _ and -');

/** An image configuration as a user writes it. */
export const imageSchema = z.strictObject({
  name: imageName.optional(),
  version: z
    .string('a release version in quotes is wanted, as "1.0"')
    .regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,62}$/, 'a release version such as "1.0" is wanted'),
  include: z.array(z.string().min(1)).optional(),
  packages: z.array(packageName).optional(),
  hostname: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/, 'a host name has letters, digits, dots and -')
    .optional(),
  kernelArgs: z
    .string()
    .regex(/^[^\n\r'"\\]*$/, 'one line without quotes and backslashes is wanted')
    .optional(),
  users: z.array(user).optional(),
  files: z.array(file).optional(),
  services: services.optional(),
  disk: disk.optional(),
  formats: z.array(z.enum(imageFormats)).min(1, 'at least one format is wanted').optional(),
});

/** The files that a configuration names, wherever the rest of it is wrong. */
export const namedFilesSchema = z.object({
  include: z.array(z.string()).catch([]),
  users: z.array(z.object({ sshKeyFiles: z.array(z.string()).catch([]) })).catch([]),
  files: z.array(z.object({ source: z.string().optional().catch(undefined) })).catch([]),
});

export type ImageSource = z.infer<typeof imageSchema>;
export type PackageListSource = z.infer<typeof packageListSchema>;
