import { basename, dirname } from 'node:path';
import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import { checkFileDigest } from '../../domain/digest.ts';
import { buildError, usageError } from '../../domain/errors.ts';
import { emittedFormats, type ImageConfig } from '../../domain/image.ts';
import { bytePath } from '../../domain/image-bytes.ts';
import { holdsDisk, wantsKernel } from '../../domain/image-format.ts';
import { GROWERS } from '../../domain/image-grow.ts';
import type { ComposeFile, ComposeJob, ComposeScript } from '../../domain/image-job.ts';
import { overlayFolders } from '../../domain/image-overlays.ts';
import { isExt } from '../../domain/image-partitions.ts';
import { EFI_STUB, GRUB_BIOS, GRUB_EFI, SYSTEMD_BOOT } from '../../domain/image-rootfs.ts';
import type { RpmArtifact, RpmPackage } from '../../domain/package.ts';
import type { Bind } from '../../domain/ports.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { packageManifest } from './package-manifest.ts';
import { mountTable, rpmMacros, systemFiles } from './system-files.ts';
import type { RootfsBase, RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

/** Where the scratch folder is in the sandbox. */
export const SCRATCH = '/run/distrokit/scratch';
/** Where the tree of an image that is changed is in the sandbox. */
const BASE = { tar: '/run/distrokit/base.tar', manifest: '/run/distrokit/base.jsonl' } as const;
const RPM_DB = '/usr/lib/sysimage/rpm';
const CACHE = 'var/cache/';

/** Where rpm has or had its database. */
const DATABASES = [`${RPM_DB.slice(1)}/`, 'var/lib/rpm/'];

/** Left out of every image: made anew by whatever wants it. */
const DROP = [
  'run/',
  'tmp/',
  CACHE,
  'var/tmp/',
  'var/lib/random-seed',
  // Made by tools that change accounts and libraries: copies, locks and notes for their next run.
  'etc/.pwd.lock',
  'etc/passwd-',
  'etc/shadow-',
  'etc/group-',
  'etc/gshadow-',
  'root/.bash_history',
  'root/.ash_history',
];

/** Handed out beside the tar: what starts the image. */
const EXTRACTS = [
  { name: 'kernel', pattern: '^boot/vmlinuz-[^/]+$' },
  { name: 'os-release', pattern: '^usr/lib/os-release$|^etc/os-release$' },
  { name: 'efi-stub', pattern: pathPattern(EFI_STUB) },
  { name: 'systemd-boot', pattern: pathPattern(SYSTEMD_BOOT) },
  // One of the modules tells that all are there.
  { name: 'grub-bios', pattern: pathPattern(`${GRUB_BIOS}/boot.img`) },
  { name: 'grub-efi', pattern: pathPattern(`${GRUB_EFI}/normal.mod`) },
  { name: 'live-init', pattern: '^usr/lib/distrokit/live/init$' },
  { name: 'busybox', pattern: '^(?:usr/)?s?bin/busybox$' },
];

/**
 * Everything that composing will do, and the key of it. Pure. Throws `IMAGE_NO_KERNEL` where a format
 * wants to be booted and no package has a kernel, `IMAGE_KERNELS` where two have one, `IMAGE_EMPTY` without packages,
 * `IMAGE_FILE_OTHER` where a file of the user is not what the configuration means,
 * `IMAGE_GROW` where a partition is to grow and nothing would do it, `IMAGE_SELINUX` where no package has a policy.
 */
export function planRootfs(request: RootfsRequest, facts: RootfsFacts): RootfsPlan {
  const { config, packages, base } = request;
  checkBootable(config, packages, base);
  const epoch = Math.max(newestTime(packages), base?.epoch ?? 0);
  const { binds, paths } = bindPackages(packages);
  const keepsDatabase = config.rpm.database === 'keep';
  const removed = new Set(config.removePackages);
  const added = packages.map(({ header }) => header).filter(({ name }) => !removed.has(name));
  const headers = [...(base?.packages ?? []), ...added];
  const listed = keepsDatabase ? [] : packageManifest(headers, epoch);
  const copies: HostFile[] = [];
  checkDigests(config, facts.sources);
  const files = planFiles(config, copies);
  const scripts = planScripts(config, copies);
  const job = {
    target: request.target ?? `${SCRATCH}/target`,
    ...(base === undefined ? {} : { base: { ...BASE, newUnits: newUnits(packages, base) } }),
    out: `${SCRATCH}/out`,
    ...(request.leavesTree === true ? { leaveBelow: SCRATCH } : {}),
    rpms: paths,
    macros: rpmMacros(config),
    dbPath: RPM_DB,
    epoch,
    devices: facts.devices,
    groups: config.groups,
    users: config.users.map(({ password: _, ...user }) => user),
    files: [
      ...mountTable(config, checkGrowing(config, packages, base), base?.mounts),
      ...ownSystemFiles(config, base),
      ...listed,
      ...files,
    ],
    folders: [...overlayFolders(config).map((path) => ({ path })), ...config.folders].map(inBytes),
    links: config.links.map((link) => ({ ...inBytes(link), target: bytePath(link.target) })),
    services: config.services,
    removePackages: config.removePackages,
    timezone: config.timezone,
    scripts,
    ...planLabels(config, packages, base),
    machineId: config.machineId === 'empty' ? '' : 'uninitialized\n',
    drop: planDrop(config),
    extracts: EXTRACTS,
  };
  const key = actionKey('rootfs/3', {
    tools: request.tools.key,
    program: request.program.key,
    packages: packages.map(({ path, digest }) => [basename(path), digest.sha256]),
    // Paths of the host are left out: only what lies there counts. So is where the contents are left.
    job: { ...job, rpms: undefined, leaveBelow: undefined } as unknown as KeyPart,
    sources: copies.map(({ source }) => facts.sources.get(source)),
    ...(base === undefined ? {} : { base: [base.tar.sha256, base.manifest.sha256] }),
  });
  return { key, epoch, job, binds: [...binds, ...bindBase(base)], copies };
}

/** What is labelled, and how it starts. A changed image may have the policy already: that is seen when it is made. */
function planLabels(
  { name, overlays, selinux: { mode, policy } }: ImageConfig,
  packages: readonly RpmArtifact[],
  base: RootfsBase | undefined,
): Pick<ComposeJob, 'selinux'> {
  if (mode === 'disabled') return {};
  const isRules = ({ path }: { readonly path: string }): boolean =>
    /^\/etc\/selinux\/[^/]+\/contexts\/files\/file_contexts$/.test(path);
  if (base === undefined && !packages.some(({ header }) => header.files.some(isRules))) {
    throw usageError('IMAGE_SELINUX', `${name}: selinux.mode is ${mode}, and no package has a policy`, {
      hint: `Add '${policy}', or the package of another policy, to the configuration's packages.`,
    });
  }
  const folders = overlays.map(({ mount, upper, work }) => ({
    ...{ mount: bytePath(mount), upper: bytePath(upper), work: bytePath(work) },
  }));
  return {
    selinux: {
      mode: mode === 'permissive' ? 'permissive' : 'enforcing',
      ...(folders.length === 0 ? {} : { overlays: folders }),
    },
  };
}

/** Whether the image has the programs that make its partitions grow. */
function checkGrowing(
  { name, disk, formats, installer }: ImageConfig,
  packages: readonly RpmArtifact[],
  base: RootfsBase | undefined,
): boolean {
  const has = (path: string): boolean =>
    packages.some(({ header }) => header.files.some((file) => file.path === path));
  const missing = base?.canGrow === true ? undefined : GROWERS.find((program) => !has(program));
  // What an image is that is changed, it stays.
  const growing = base?.mounts.keepsDisk === true ? undefined : disk.partitions.find(({ grow }) => grow);
  // An installer makes ext file systems as large as their partitions.
  const isCopied = installer !== undefined && !isExt(growing?.fileSystem);
  if (missing === undefined || growing === undefined || !(isCopied || formats.some(holdsDisk)))
    return missing === undefined;
  throw usageError(
    'IMAGE_GROW',
    `${name}: partition '${growing.id}' is to grow at the first boot, and the image has no ${missing}`,
    { hint: "Add 'systemd' to the configuration's packages, or take grow away from the partition." },
  );
}

function bindBase(base: RootfsBase | undefined): Bind[] {
  if (base === undefined) return [];
  return (['tar', 'manifest'] as const).map((name) => ({
    ...{ source: base[name].path, target: BASE[name], writable: false },
  }));
}

/** Units that the image has not had: what became of others was decided when it was made. */
function newUnits(packages: readonly RpmArtifact[], { replaced }: RootfsBase): string[] {
  const before = new Set(unitsOf(replaced));
  return unitsOf(packages.map(({ header }) => header)).filter((unit) => !before.has(unit));
}

/** Units of systemd that packages bring. */
function unitsOf(packages: readonly RpmPackage[]): string[] {
  const paths = packages.flatMap(({ files }) => files.map(({ path }) => path));
  const units = paths.filter((path) =>
    /^\/usr\/lib\/systemd\/system\/[^/]+\.(?:service|socket|timer|path)$/.test(path),
  );
  return units.map((path) => basename(path)).sort(byCodeUnit);
}

/** An image that is changed keeps its host name unless the configuration says another. */
function ownSystemFiles(config: ImageConfig, base: RootfsBase | undefined): ComposeFile[] {
  const keeps = base !== undefined && !base.setsHostname;
  return systemFiles(config, base?.preset).filter(({ path }) => !keeps || path !== '/etc/hostname');
}

function planDrop({ rpm }: ImageConfig): string[] {
  const drop = rpm.cache === 'keep' ? DROP.filter((path) => path !== CACHE) : DROP;
  return rpm.database === 'keep' ? drop : [...drop, ...DATABASES];
}

function checkBootable(
  config: ImageConfig,
  packages: readonly RpmArtifact[],
  base: RootfsBase | undefined,
): void {
  if (packages.length === 0 && base === undefined)
    throw buildError('IMAGE_EMPTY', `${config.name}: no package is to be installed`);
  const isStarted = config.disk.boot !== 'none';
  const bootable = emittedFormats(config).filter(
    (format) => wantsKernel(format) && (isStarted || !holdsDisk(format)),
  );
  const all = [...(base?.packages ?? []), ...packages.map(({ header }) => header)];
  const kernels = all.filter(({ files }) => files.some(({ path }) => path.startsWith('/boot/vmlinuz-')));
  if (kernels.length > 1) {
    const names = kernels.map(({ name }) => name);
    throw usageError(
      'IMAGE_KERNELS',
      `${config.name}: an image starts one kernel, not ${names.join(' and ')}`,
      {
        hint: "Leave one of them among the configuration's packages.",
      },
    );
  }
  if (bootable.length === 0 || kernels.length > 0 || base?.hasKernel === true) return;
  throw usageError('IMAGE_NO_KERNEL', `${config.name}: ${bootable.join(', ')} cannot boot without a kernel`, {
    hint: "Add 'kernel' to the configuration's packages, or ask for formats such as tar.gz, oci or squashfs only.",
  });
}

/** Newest changelog entry of all packages; where none has one, the newest build. Seconds since the epoch. */
export function newestTime(packages: readonly RpmArtifact[]): number {
  const changes = packages.flatMap(({ header }) => header.changelogs.map(({ date }) => date));
  const times = changes.length > 0 ? changes : packages.map(({ header }) => header.buildTime);
  return times.reduce((newest, time) => Math.max(newest, time), 0);
}

function bindPackages(packages: readonly RpmArtifact[]): { binds: Bind[]; paths: string[] } {
  const folders = [...new Set(packages.map(({ path }) => dirname(path)))];
  const place = (folder: string): string => `/run/distrokit/rpms/${folders.indexOf(folder)}`;
  return {
    binds: folders.map((folder) => ({ source: folder, target: place(folder), writable: false })),
    paths: packages.map(({ path }) => `${place(dirname(path))}/${basename(path)}`),
  };
}

/** A pattern of exactly one absolute path. */
function pathPattern(path: string): string {
  return `^${path.slice(1).replaceAll('.', '\\.')}$`;
}

function inBytes<T extends { readonly path: string }>(wanted: T): T {
  return { ...wanted, path: bytePath(wanted.path) };
}

/** A file of the host, and its name in the scratch folder. */
type HostFile = RootfsPlan['copies'][number];

/** What was as the configuration says when it was read may be another file by now. */
function checkDigests({ files, scripts }: ImageConfig, digests: RootfsFacts['sources']): void {
  const wanted = [
    ...files.flatMap(({ content }) =>
      content.kind === 'source' ? [{ ...content, path: content.source }] : [],
    ),
    ...[...scripts.postInstall, ...scripts.finalize].flatMap(({ content }) =>
      'path' in content ? [content] : [],
    ),
  ];
  for (const { path, sha256 } of wanted) checkFileDigest(path, digests.get(path), sha256);
}

/** Notes a file to copy. Returns where it is in the sandbox. */
function copyIn(source: string, copies: HostFile[]): string {
  const name = String(copies.length);
  copies.push({ name, source });
  return `${SCRATCH}/in/${name}`;
}

function planFiles(config: ImageConfig, copies: HostFile[]): ComposeFile[] {
  return config.files.map(({ path, mode, owner, group, content }): ComposeFile => {
    const common = {
      path: bytePath(path),
      mode,
      ...(owner === undefined ? {} : { owner }),
      ...(group === undefined ? {} : { group }),
    };
    if (content.kind === 'text') return { ...common, content: { text: content.text } };
    return { ...common, content: { source: copyIn(content.source, copies) } };
  });
}

function planScripts({ scripts }: ImageConfig, copies: HostFile[]): ComposeScript[] {
  return [...scripts.postInstall, ...scripts.finalize].map(({ content, ...script }) => ({
    ...script,
    ...('path' in content ? { source: copyIn(content.path, copies) } : { text: content.text }),
  }));
}
