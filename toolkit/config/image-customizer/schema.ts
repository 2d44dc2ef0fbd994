import { z } from 'zod';
import { hostPath, sha256 } from '../image-form/words.ts';
import { storageSchema } from './storage-schema.ts';

const paths = z.array(hostPath);
const names = z.array(z.string().min(1));
const commandLine = z.strictObject({ extraCommandLine: z.array(z.string()).optional() });

/** In quotes, or a number whose decimal digits are meant as octal ones. */
const permissions = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine((text) => /^0?[0-7]{3,4}$/.test(text), 'an octal mode in quotes is wanted, as "644"');

const additionalFile = z
  .strictObject({
    destination: z.string(),
    source: hostPath.optional(),
    content: z.string().optional(),
    permissions: permissions.optional(),
    sha256hash: sha256.optional(),
  })
  .refine(
    (value) => (value.content === undefined) !== (value.source === undefined),
    'give either content or source',
  );

const additionalDir = z.strictObject({
  source: hostPath,
  destination: z.string(),
  newDirPermissions: permissions.optional(),
  mergedDirPermissions: permissions.optional(),
  childFilePermissions: permissions.optional(),
  sha256hashmap: z.record(z.string(), sha256).optional(),
});

const user = z.strictObject({
  name: z.string(),
  uid: z.int().min(0).max(60000).optional(),
  password: z
    .strictObject({
      type: z.enum(['', 'locked', 'plain-text', 'hashed', 'plain-text-file', 'hashed-file']).optional(),
      value: z.string().optional(),
    })
    .refine(
      ({ type = '', value = '' }) => ['', 'locked'].includes(type) === (value === ''),
      'a password that is not locked wants a value, and no other has one',
    )
    .optional(),
  passwordExpiresDays: z.int().min(-1).max(99999).optional(),
  sshPublicKeyPaths: paths.optional(),
  sshPublicKeys: z.array(z.string()).optional(),
  primaryGroup: z.string().optional(),
  secondaryGroups: names.optional(),
  startupCommand: z.string().optional(),
  homeDirectory: z.string().optional(),
});

const module = z.strictObject({
  name: z.string().regex(/^[\w-]+$/, 'the name of a kernel module is wanted'),
  loadMode: z.enum(['', 'always', 'auto', 'disable', 'inherit']).optional(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).optional(),
});

const overlay = z.strictObject({
  lowerDirs: names,
  upperDir: z.string(),
  workDir: z.string(),
  mountPoint: z.string(),
  isInitrdOverlay: z.boolean().optional(),
  mountDependencies: names.optional(),
  mountOptions: z.string().optional(),
});

const script = z
  .strictObject({
    path: hostPath.optional(),
    content: z.string().optional(),
    interpreter: z.string().optional(),
    arguments: z.array(z.string()).optional(),
    environmentVariables: z.record(z.string(), z.string()).optional(),
    name: z.string().optional(),
    sha256hash: sha256.optional(),
  })
  .refine(
    (value) => (value.content === undefined) !== (value.path === undefined),
    'give either path or content',
  );

const packages = z.strictObject({
  updateExistingPackages: z.boolean().optional(),
  installLists: paths.optional(),
  install: names.optional(),
  removeLists: paths.optional(),
  remove: names.optional(),
  updateLists: paths.optional(),
  update: names.optional(),
  snapshotTime: z.string().optional(),
  removePackageManager: z.boolean().optional(),
});

const os = z.strictObject({
  hostname: z.string().optional(),
  packages: packages.optional(),
  selinux: z
    .strictObject({ mode: z.enum(['', 'disabled', 'permissive', 'enforcing', 'force-enforcing']).optional() })
    .optional(),
  kernelCommandLine: commandLine.optional(),
  additionalFiles: z.array(additionalFile).optional(),
  additionalDirs: z.array(additionalDir).optional(),
  groups: z.array(z.strictObject({ name: z.string(), gid: z.int().min(0).max(60000).optional() })).optional(),
  users: z.array(user).optional(),
  services: z.strictObject({ enable: names.optional(), disable: names.optional() }).optional(),
  modules: z.array(module).optional(),
  overlays: z.array(overlay).optional(),
  bootloader: z.strictObject({ resetType: z.enum(['', 'hard-reset']).optional() }).optional(),
  uki: z.strictObject({ mode: z.enum(['', 'create', 'passthrough', 'modify']).optional() }).optional(),
  imageHistory: z.enum(['', 'none']).optional(),
});

const medium = {
  kernelCommandLine: commandLine.optional(),
  additionalFiles: z.array(additionalFile).optional(),
  initramfsType: z.enum(['', 'bootstrap', 'full-os']).optional(),
  /** A live medium has all of /boot. */
  kdumpBootFiles: z.enum(['', 'none', 'keep']).optional(),
};

const FEATURES = [
  ...(['uki', 'output-artifacts', 'inject-files', 'reinitialize-verity', 'package-snapshot-time'] as const),
  ...(['kdump-boot-files', 'preview-distro-version', 'base-configs', 'input-image-oci'] as const),
  ...(['output-selinux-policy', 'btrfs', 'create', 'unsupported-distro-version', 'tools-dir'] as const),
  'remove-package-manager',
] as const;

const imageFormats = [
  ...(['', 'vhd', 'vhd-fixed', 'vhdx', 'qcow2', 'raw', 'iso', 'pxe-dir', 'pxe-tar', 'cosi'] as const),
  'baremetal-image',
] as const;

/** A configuration of the Image Customizer 1.4. Source: microsoft/azure-linux-image-tools, docs/imagecustomizer/api. */
export const customizerSchema = z.strictObject({
  input: z
    .strictObject({
      image: z
        .strictObject({
          path: hostPath.optional(),
          oci: z.looseObject({}).optional(),
          azureLinux: z.looseObject({}).optional(),
        })
        .optional(),
    })
    .optional(),
  storage: storageSchema.optional(),
  iso: z.strictObject(medium).optional(),
  pxe: z
    .strictObject({
      ...medium,
      bootstrapBaseUrl: z.string().optional(),
      bootstrapFileUrl: z.string().optional(),
    })
    .optional(),
  os: os.optional(),
  scripts: z
    .strictObject({
      postCustomization: z.array(script).optional(),
      finalizeCustomization: z.array(script).optional(),
    })
    .optional(),
  previewFeatures: z.array(z.enum(FEATURES)).optional(),
  output: z
    .strictObject({
      image: z
        .strictObject({
          path: hostPath.optional(),
          format: z.enum(imageFormats).optional(),
          cosi: z.looseObject({}).optional(),
        })
        .optional(),
      artifacts: z
        .strictObject({
          path: z.string().min(1, 'a path is wanted'),
          items: z.array(z.enum(['ukis', 'shim', 'bootloader', 'verity-hash'])).min(1, 'items are wanted'),
        })
        .optional(),
      selinuxPolicyPath: z.string().optional(),
    })
    .optional(),
  baseConfigs: z.array(z.strictObject({ path: hostPath })).optional(),
});

export type CustomizerConfig = z.infer<typeof customizerSchema>;
