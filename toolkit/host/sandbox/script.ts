/**
 * The words that sandbox.sh obeys: which namespaces, mounts and ids a command gets, in which order.
 * Pure, so that a test can read them.
 */
import { readFileSync } from 'node:fs';

/**
 * What the programs that set a sandbox up need in their environment: the script's text, as a mapped root may
 * not be able to read the checkout (and in argv it would fill every listing of processes).
 */
export const SANDBOX_ENVIRONMENT: Readonly<Record<string, string>> = {
  DISTROKIT_SANDBOX: readFileSync(new URL('./sandbox.sh', import.meta.url), 'utf8'),
  // Newer mount programs cut overlay's options at 256 bytes.
  LIBMOUNT_FORCE_MOUNT2: 'always',
};

/** Where root's process shows the host's folders to its sandboxes: the one folder that nobody binds. */
const STAGE = '/sys';
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

export interface ResolvedBind {
  /** Canonical path on the host. */
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
  readonly isFolder: boolean;
  /** From lockedFlags. */
  readonly flags: string;
}

export interface Namespaces {
  /** Own network namespace, with nothing in it. */
  readonly network: boolean;
}

/** Where a sandbox, before it changes its root, sees what it was given. */
export interface SandboxView {
  readonly cache: string;
  bindSource(index: number): string;
}

/** What is done in the sandbox, in terms of what it sees. */
export type InnerScript = (view: SandboxView) => readonly string[];

export interface SandboxRequest {
  /** Root of the host: shows folders that the mapped root could not reach otherwise. */
  readonly privileged: boolean;
  readonly cacheDir: string;
  readonly binds: readonly ResolvedBind[];
  /** Our process id, for `parent`. */
  readonly creator: number;
  /** Undefined: only the ids are mapped. */
  readonly namespaces: Namespaces | undefined;
}

/** argv of the whole chain: (stage,) user namespace, ids, other namespaces, `inner`. */
export function sandboxArgv(request: SandboxRequest, inner: InnerScript): [string, ...string[]] {
  const { privileged, binds, cacheDir } = request;
  const view = privileged
    ? { cache: `${STAGE}/cache`, bindSource: (index: number) => `${STAGE}/${index}` }
    : { cache: cacheDir, bindSource: (index: number) => binds[index]!.source };
  const unshared =
    request.namespaces === undefined
      ? []
      : [
          ...['exec', 'unshare', '--mount', '--pid', '--ipc', '--uts'],
          ...(request.namespaces.network ? ['--net'] : []),
          ...['--fork', '--kill-child=KILL', '--propagation', 'private', '--', ...interpreter()],
        ];
  // A change of credentials clears pdeathsig: it is set anew after each.
  const words = [
    ...['exec', 'unshare', '--user', '--keep-caps', '--', 'setpriv', '--pdeathsig', 'KILL', '--'],
    ...[...interpreter(), 'go', 'exec', 'setpriv', '--reuid', '0', '--regid', '0', '--clear-groups'],
    ...['--pdeathsig', 'KILL', '--', ...interpreter(), 'parent', String(request.creator)],
    ...[...unshared, 'cd', view.cache, ...inner(view)],
  ];
  if (!privileged) return [...interpreter(), ...words];
  const stage = ['unshare', '--mount', '--propagation', 'private', '--', ...interpreter()] as const;
  return ['unshare', ...stage.slice(1), ...stageWords(cacheDir, binds), 'cd', '/', ...words];
}

function interpreter(): [string, ...string[]] {
  return ['sh', '-c', 'eval "$DISTROKIT_SANDBOX"', 'sandbox'];
}

function stageWords(cacheDir: string, binds: readonly ResolvedBind[]): string[] {
  const words = ['mount', 'tmpfs', 'mode=0755', STAGE, 'dir', `${STAGE}/cache`];
  words.push('bind', cacheDir, `${STAGE}/cache`);
  binds.forEach((bind, index) => {
    const at = `${STAGE}/${index}`;
    words.push(bind.isFolder ? 'dir' : 'file', at, 'bind', bind.source, at);
    if (!bind.writable) words.push('readonly', bind.flags, at);
  });
  return words;
}

export interface OverlayRoot {
  /** Relative to the cache, uppermost first. */
  readonly lowers: readonly string[];
  /** Relative to the cache: a folder with `u`, `w` and `m` in it. */
  readonly work: string;
}

export interface InnerCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Mounts a root, makes it `/` and runs a command in it; `go` tells when that starts. */
export function rootScript(
  root: OverlayRoot,
  command: InnerCommand,
  request: Pick<SandboxRequest, 'binds' | 'privileged'>,
): InnerScript {
  return ({ bindSource }) => [
    ...['mount', 'overlay', overlayOptions(root), `${root.work}/m`, 'cd', `${root.work}/m`],
    ...['dir', 'proc', 'dir', 'dev', 'mount', 'proc', 'nosuid,nodev,noexec', 'proc'],
    ...['mount', 'tmpfs', 'mode=0755,nosuid', 'dev'],
    ...DEVICES.flatMap((name) => ['file', `dev/${name}`, 'bind', `/dev/${name}`, `dev/${name}`]),
    ...['dir', 'dev/pts', 'dir', 'dev/shm'],
    ...['mount', 'devpts', 'newinstance,ptmxmode=0666,mode=0620,gid=5', 'dev/pts'],
    ...['mount', 'tmpfs', 'mode=1777,nosuid,nodev', 'dev/shm', 'link', 'pts/ptmx', 'dev/ptmx'],
    ...['link', '/proc/self/fd', 'dev/fd', 'link', 'fd/0', 'dev/stdin'],
    ...['link', 'fd/1', 'dev/stdout', 'link', 'fd/2', 'dev/stderr'],
    ...request.binds.flatMap((bind, index) => {
      const target = `.${bind.target}`;
      const words = [bind.isFolder ? 'dir' : 'file', target, 'bind', bindSource(index), target];
      // Root's stage is read-only already, and locked.
      return bind.writable || request.privileged ? words : [...words, 'readonly', bind.flags, target];
    }),
    ...['pivot', '.', 'hostname', 'build', 'loopback', 'go', 'run', command.cwd],
    ...Object.entries(command.env).map(([name, value]) => `${name}=${value}`),
    ...command.argv,
  ];
}

// `volatile`: an upper folder is thrown away, or is synced as a whole when it is kept.
function overlayOptions(root: OverlayRoot): string {
  const options = `lowerdir=${root.lowers.join(':')},upperdir=${root.work}/u,workdir=${root.work}/w,userxattr,volatile`;
  // mount(2) takes one page.
  if (options.length >= 4096) throw new Error(`overlay options are ${options.length} bytes long`);
  return options;
}
