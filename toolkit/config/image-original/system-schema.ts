import { z } from 'zod';

const text = z.string().optional();
const flag = z.boolean().optional();
const script = z.strictObject({ Path: z.string().min(1, 'a path is wanted'), Args: text });

const filePlace = z.strictObject({
  Path: z.string().startsWith('/', 'an absolute path is wanted'),
  Permissions: z
    .string('write the permissions in quotes, as "0644"')
    .regex(/^0*[0-7]{1,3}$/, 'octal permissions of at most 0777 are wanted')
    .optional(),
});
const filePath = z.string().startsWith('/', 'an absolute path is wanted');

const partitionSetting = z.strictObject({
  ID: text,
  MountPoint: text,
  MountOptions: text,
  MountIdentifier: z.enum(['', 'uuid', 'partuuid', 'partlabel']).optional(),
  RemoveDocs: flag,
  OverlayBaseImage: text,
  RdiffBaseImage: text,
});

const kernelCommandLine = z.strictObject({
  CGroup: z.enum(['', 'version_one', 'version_two']).optional(),
  ImaPolicy: z.array(z.enum(['', 'tcb', 'appraise_tcb', 'secure_boot'])).optional(),
  SELinux: z.enum(['', 'enforcing', 'permissive', 'force_enforcing']).optional(),
  SELinuxPolicy: text,
  EnableFIPS: flag,
  ExtraCommandLine: z
    .string()
    .regex(/^[^`]*$/, 'a command line without ` is wanted')
    .optional(),
});

const user = z.strictObject({
  Name: z.string().min(1, 'a user name is wanted'),
  UID: z
    .string('write the UID in quotes, as "1001"')
    .regex(/^\s*(?:\d{1,5}\s*)?$/, 'a number up to 60000 is wanted')
    .refine((uid) => Number(uid) <= 60000, 'a number up to 60000 is wanted')
    .optional(),
  PasswordHashed: flag,
  Password: text,
  PasswordExpiresDays: z.int().min(-1).max(99999).optional(),
  SSHPubKeyPaths: z.array(z.string()).optional(),
  SSHPubKeys: z.array(z.string()).optional(),
  PrimaryGroup: text,
  SecondaryGroups: z.array(z.string()).optional(),
  StartupCommand: text,
  HomeDirectory: text,
});

const network = z.strictObject({
  BootProto: z.enum(['', 'dhcp', 'static', 'bootp', 'ibft']).optional(),
  Ip: text,
  NetMask: text,
  GateWay: text,
  NameServer: z.array(z.string()).optional(),
  Device: z.string().regex(/\S/, 'a device is wanted'),
  OnBoot: flag,
});

const packageRepo = z.strictObject({
  Name: z.string().min(1, 'a name is wanted'),
  BaseUrl: z.string().min(1, 'a URL is wanted'),
  Install: flag,
  GPGCheck: flag,
  RepoGPGCheck: flag,
  GPGKeys: text,
});

/** Of CBL-Mariner 1.0 and 2.0. */
const readOnlyVerityRoot = z.strictObject({
  Enable: flag,
  Name: text,
  ErrorCorrectionEnable: flag,
  ErrorCorrectionEncodingRoots: z.int().min(2).max(24).optional(),
  RootHashSignatureEnable: flag,
  ValidateOnBoot: flag,
  VerityErrorBehavior: z.enum(['', 'ignore', 'restart', 'panic']).optional(),
  TmpfsOverlays: z.array(z.string()).optional(),
  TmpfsOverlaySize: z
    .string()
    .regex(/^\d+[kmg%]?$/, 'a size as tmpfs takes it is wanted, as "20%"')
    .optional(),
  TmpfsOverlayDebugEnabled: flag,
});

export const originalSystem = z
  .strictObject({
    Name: z.string().regex(/\S/, 'a name is wanted'),
    IsDefault: flag,
    IsKickStartBoot: flag,
    IsIsoInstall: flag,
    BootType: z.enum(['', 'efi', 'legacy', 'none']).optional(),
    Hostname: z
      .string()
      .regex(
        /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?)?$/,
        'a host name has letters, digits, dots and -',
      )
      .optional(),
    EnableGrubMkconfig: flag,
    EnableSystemdFirstboot: flag,
    PackageLists: z.array(z.string()).optional(),
    Packages: z.array(z.string()).optional(),
    KernelOptions: z.record(z.string(), z.string().regex(/\S/, 'the name of a kernel is wanted')).optional(),
    KernelCommandLine: kernelCommandLine.optional(),
    AdditionalFiles: z
      .record(
        z.string(),
        z.union([filePath, filePlace, z.array(z.union([filePath, filePlace])).min(1, 'the list is empty')]),
      )
      .optional(),
    PartitionSettings: z.array(partitionSetting).optional(),
    PreInstallScripts: z.array(script).optional(),
    PostInstallScripts: z.array(script).optional(),
    FinalizeImageScripts: z.array(script).optional(),
    Networks: z.array(network).optional(),
    PackageRepos: z.array(packageRepo).optional(),
    Groups: z
      .array(z.strictObject({ Name: z.string().min(1), GID: z.string().regex(/^\d*$/).optional() }))
      .optional(),
    Users: z.array(user).optional(),
    Encryption: z.strictObject({ Enable: flag, Password: text }).optional(),
    ReadOnlyVerityRoot: readOnlyVerityRoot.optional(),
    HidepidDisabled: flag,
    EnableHidepid: flag,
    RemoveRpmDb: flag,
    PreserveTdnfCache: flag,
    DisableRpmDocs: flag,
    OverrideRpmLocales: text,
  })
  .refine(
    ({ PackageLists = [], Packages = [] }) => PackageLists.length + Packages.length > 0,
    'give PackageLists or Packages',
  );

export type OriginalSystem = z.infer<typeof originalSystem>;
