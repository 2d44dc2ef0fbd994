import { access, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** What of the host can forbid user namespaces. */
export interface RefusalFacts {
  readonly isRoot: boolean;
  readonly inContainer: boolean;
  /** Values of /proc/sys files, where they are. */
  readonly maxUserNamespaces: string | undefined;
  readonly unprivilegedUsernsClone: string | undefined;
  readonly apparmorRestriction: string | undefined;
}

/** The likeliest remedy, as one sentence. */
export async function explainRefusal(): Promise<string> {
  return remedyFor({
    isRoot: userInfo().uid === 0,
    inContainer: (await exists('/.dockerenv')) || (await exists('/run/.containerenv')),
    maxUserNamespaces: await sysctl('user/max_user_namespaces'),
    unprivilegedUsernsClone: await sysctl('kernel/unprivileged_userns_clone'),
    apparmorRestriction: await sysctl('kernel/apparmor_restrict_unprivileged_userns'),
  });
}

export function remedyFor(facts: RefusalFacts): string {
  if (facts.maxUserNamespaces === '0') return 'Run: sudo sysctl -w user.max_user_namespaces=65536';
  if (!facts.isRoot && facts.unprivilegedUsernsClone === '0') {
    return 'Run: sudo sysctl -w kernel.unprivileged_userns_clone=1';
  }
  if (!facts.isRoot && facts.apparmorRestriction === '1') {
    return 'Run: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';
  }
  if (facts.inContainer) {
    return 'Start the container with --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined (or --privileged).';
  }
  return 'Run it again: files of this checkout or of the cache may have gone in the meantime. If it stays, allow user namespaces, overlayfs and /proc mounts to this user (a security module or a container may forbid them), or use TOOLCHAIN=docker.';
}

async function sysctl(name: string): Promise<string | undefined> {
  return await readFile(`/proc/sys/${name}`, 'utf8').then(
    (value) => value.trim(),
    () => undefined,
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
