import { hostError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Processes } from '../domain/ports.ts';
import { pathExists } from './files.ts';
import { proxyEnvironment } from './process/proxies.ts';
import { createProcesses, findProgram } from './process/run.ts';

/** Something that only the host can give, and Debian's package that has it. */
export interface HostTool {
  /** Name of a program, or absolute paths of which one is enough. */
  readonly program: string | readonly string[];
  readonly debianPackage: string;
}

const ROOT_TOOLS: readonly HostTool[] = [
  { program: 'mmdebstrap', debianPackage: 'mmdebstrap' },
  { program: 'unshare', debianPackage: 'util-linux' },
  { program: 'setpriv', debianPackage: 'util-linux' },
  { program: 'mount', debianPackage: 'mount' },
  { program: 'tar', debianPackage: 'tar' },
];
/** How somebody who is not root gets more than one id. */
const USER_TOOLS: readonly HostTool[] = [
  { program: 'newuidmap', debianPackage: 'uidmap' },
  { program: 'newgidmap', debianPackage: 'uidmap' },
];
const DOCKER_TOOLS: readonly HostTool[] = [
  { program: 'setpriv', debianPackage: 'util-linux' },
  { program: 'docker', debianPackage: 'docker.io' },
];
/** A command line for containers may be there without an engine. */
const DOCKER_ENGINE: HostTool = {
  program: ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd', '/run/docker.sock'],
  debianPackage: 'docker.io',
};
const BOOT_TOOLS: readonly HostTool[] = [
  { program: 'setpriv', debianPackage: 'util-linux' },
  { program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  { program: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'], debianPackage: 'ovmf' },
  { program: 'ssh', debianPackage: 'openssh-client' },
];
/** Programs that are not ours and that the tests ask whether what we write is right. */
const JUDGE_TOOLS: readonly HostTool[] = [
  { program: 'blkid', debianPackage: 'util-linux' },
  { program: 'bsdtar', debianPackage: 'libarchive-tools' },
  { program: 'btrfs', debianPackage: 'btrfs-progs' },
  { program: 'cpio', debianPackage: 'cpio' },
  { program: 'createrepo_c', debianPackage: 'createrepo-c' },
  { program: 'cryptsetup', debianPackage: 'cryptsetup-bin' },
  { program: 'dnf', debianPackage: 'dnf' },
  { program: 'e2fsck', debianPackage: 'e2fsprogs' },
  { program: 'gcc', debianPackage: 'gcc' },
  { program: 'gpg', debianPackage: 'gnupg' },
  { program: 'mcopy', debianPackage: 'mtools' },
  { program: 'qemu-img', debianPackage: 'qemu-utils' },
  { program: 'rdiff', debianPackage: 'rdiff' },
  { program: 'rpm', debianPackage: 'rpm' },
  { program: 'rpmbuild', debianPackage: 'rpm' },
  { program: 'sfdisk', debianPackage: 'fdisk' },
  { program: 'sgdisk', debianPackage: 'gdisk' },
  { program: 'skopeo', debianPackage: 'skopeo' },
  { program: 'ssh-keygen', debianPackage: 'openssh-client' },
  { program: 'systemctl', debianPackage: 'systemd' },
  { program: 'xfs_repair', debianPackage: 'xfsprogs' },
  { program: 'xmllint', debianPackage: 'libxml2-utils' },
];

/** What it takes to make and enter roots. */
export function rootTools(
  toolchain: 'userns' | 'docker',
  isRoot: boolean,
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly HostTool[] {
  if (toolchain === 'docker') {
    const namesEngine = env.DOCKER_HOST !== undefined || env.DOCKER_CONTEXT !== undefined;
    return namesEngine ? DOCKER_TOOLS : [...DOCKER_TOOLS, DOCKER_ENGINE];
  }
  return isRoot ? ROOT_TOOLS : [...ROOT_TOOLS, ...USER_TOOLS];
}

/** Sees to it that roots can be made: see `ensureTools`. */
export async function ensureHostTools(
  toolchain: 'userns' | 'docker',
  events: EventSink,
  signal: AbortSignal,
): Promise<void> {
  await ensureTools(rootTools(toolchain, isRoot()), events, signal);
}

/** Sees to it that images can be booted: see `ensureTools`. */
export async function ensureBootTools(events: EventSink, signal: AbortSignal): Promise<void> {
  await ensureTools(BOOT_TOOLS, events, signal);
}

/** Sees to it that formats can be judged: see `ensureTools`. */
export async function ensureJudgeTools(events: EventSink, signal: AbortSignal): Promise<void> {
  await ensureTools(JUDGE_TOOLS, events, signal);
}

export async function missingHostTools(needs: readonly HostTool[]): Promise<HostTool[]> {
  const missing: HostTool[] = [];
  for (const need of needs) if (!(await isThere(need))) missing.push(need);
  return missing;
}

/**
 * Installs what is missing where we are root on a host with apt; otherwise throws one `HOST_TOOLS_MISSING`
 * with the command that an administrator has to run.
 */
async function ensureTools(
  needs: readonly HostTool[],
  events: EventSink,
  signal: AbortSignal,
): Promise<void> {
  const missing = await missingHostTools(needs);
  if (missing.length === 0) return;
  const hasApt = (await findProgram('apt-get')) !== undefined;
  if (!isRoot() || !hasApt) throw toolsMissing(missing, hasApt, isRoot());
  const packages = packagesOf(missing);
  events.emit({
    type: 'notice.given',
    level: 'info',
    message: `Installing what this host lacks: apt-get install ${packages.join(' ')}`,
  });
  await installPackages(packages, createProcesses(), signal);
  const left = await missingHostTools(needs);
  if (left.length > 0) throw toolsMissing(left, hasApt, true);
}

async function installPackages(
  packages: readonly string[],
  processes: Processes,
  signal: AbortSignal,
): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', ...proxyEnvironment() };
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    // Another apt, such as the host's own upgrade at night, is waited for.
    const argv = ['apt-get', '-o', 'DPkg::Lock::Timeout=300', ...words] as const;
    const result = await processes.run({ argv, env }, signal);
    if (result.exitCode === 0) continue;
    const said = result.stderr.trim().split('\n').slice(-3).join('; ');
    throw hostError('HOST_TOOLS_NOT_INSTALLED', `${argv.join(' ')} failed: ${said}`, {
      hint: `Mend apt's configuration, or install these by hand: ${packages.join(' ')}`,
    });
  }
}

function toolsMissing(missing: readonly HostTool[], hasApt: boolean, asRoot: boolean) {
  const packages = packagesOf(missing).join(' ');
  const names = missing.map(({ program }) => (typeof program === 'string' ? program : program[0])).join(', ');
  const sudo = asRoot ? '' : 'sudo ';
  return hostError('HOST_TOOLS_MISSING', `This host lacks ${names}`, {
    hint: hasApt
      ? `Run: ${sudo}apt-get install -y --no-install-recommends ${packages}`
      : `Install what your system calls these packages of Debian: ${packages} (or use TOOLCHAIN=docker).`,
  });
}

function packagesOf(missing: readonly HostTool[]): string[] {
  return [...new Set(missing.map((tool) => tool.debianPackage))].sort();
}

async function isThere({ program }: HostTool): Promise<boolean> {
  if (typeof program === 'string') return (await findProgram(program)) !== undefined;
  for (const path of program) if (await pathExists(path)) return true;
  return false;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
