/** What the stages ask of the world. `host/` makes these real; tests pass fakes. */
import type { FileDigest, Sha256 } from './digest.ts';
import type { EventSink } from './events.ts';

/** A program of the host, never through a shell. */
export interface HostCommand {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the minimal environment (PATH, HOME, LANG, TZ) that every child gets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Where all output goes as well. */
  readonly log?: string;
  readonly timeoutMs?: number;
  /** Called for each line of stdout and stderr, without its newline. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  /** At most the last 1 MiB. */
  readonly stdout: string;
  /** At most the last 1 MiB. */
  readonly stderr: string;
  /** Wall milliseconds. */
  readonly durationMs: number;
}

export interface Processes {
  /** Runs to its end; a non-zero exit code is a result, not an exception. */
  run(command: HostCommand, signal: AbortSignal): Promise<CommandResult>;
  /** Processor milliseconds of all programs that were started and have ended, with their children. */
  cpuMs(): number;
}

/** A Debian package of a root. */
export interface RootPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly sha256: Sha256;
}

/** A read-only tree that commands are run in; made once, then shared. */
export interface Root {
  /** Digest of all that decides its content. */
  readonly key: string;
  readonly name: string;
  /** Debian packages of its base. */
  readonly packages: readonly RootPackage[];
  /** How many layers lie above the base. */
  readonly depth: number;
  /** What stands in its rpm database for the base, where it has one. */
  readonly seed?: SeedPackage | undefined;
}

/**
 * The RPM `seed-root`: it provides what a root that was not made of RPMs has (sonames, pkg-config modules,
 * paths, conventional names). Installed in the root's database only; belongs in no repository.
 */
export interface SeedPackage {
  /** The RPM, in the store. */
  readonly rpm: FileDigest;
  /** As rpm writes them: `name` or `name = version`; sorted. */
  readonly provides: readonly string[];
}

export interface Bind {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path in the root. */
  readonly target: string;
  readonly writable: boolean;
}

/** A command inside a root, as its uid 0, without a network. */
export interface RootCommand {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly binds?: readonly Bind[];
  readonly stdin?: string;
  readonly log?: string;
  readonly timeoutMs?: number;
  readonly onLine?: (line: string) => void;
  /** Terminal of the caller is handed through (a person's shell). */
  readonly interactive?: boolean;
}

/** A program that goes on running in a root; disposing it ends it. */
export interface RootProcess extends AsyncDisposable {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number>;
}

/** A scratch folder that commands in a root may write to and whose owners only the sandbox can change. */
export interface Scratch extends AsyncDisposable {
  /** Absolute path on the host; uid 0 of the root is its owner there. */
  readonly path: string;
}

export interface Roots {
  /** How roots are entered here: `userns` or `docker`; part of no key. */
  readonly backend: string;
  /** The root made of `chroot/NAME.packages` and its lock. */
  base(name: string, signal: AbortSignal): Promise<Root>;
  /**
   * A root with what `command` changed on top of `parent`, known by `key`; made once. `command` is not run
   * when the layer is there. Throws `ROOT_LAYER_FAILED` with the tail of its output when it fails.
   */
  derive(parent: Root, key: string, command: RootCommand, signal: AbortSignal): Promise<Root>;
  /** Runs in a throw-away copy of the root. */
  run(root: Root, command: RootCommand, signal: AbortSignal): Promise<CommandResult>;
  /** Starts a long-lived program in a throw-away copy of the root. */
  open(root: Root, command: RootCommand, signal: AbortSignal): Promise<RootProcess>;
  /** A folder for binds; removed from inside the sandbox's id map. */
  scratch(prefix: string): Promise<Scratch>;
  /** Removes all roots and layers of this backend. */
  clean(signal: AbortSignal): Promise<void>;
}

/** What an action produced: names to contents, all in the store. */
export interface ActionResult {
  readonly outputs: readonly { readonly name: string; readonly digest: FileDigest }[];
  /** Free facts for later runs: durations, summaries. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Content-addressed files and the results of actions; shared by checkouts, safe to delete. */
export interface Store {
  /** Absolute path of stored content, or undefined. Marks it as used. Content is verified when put. */
  find(sha256: Sha256): Promise<string | undefined>;
  /** Copies (or links) a file in; returns its digest. Atomic. */
  putFile(path: string, signal: AbortSignal): Promise<FileDigest>;
  /**
   * Moves a file in that nobody writes any more, from where partial work is done; returns its digest. Atomic. It is
   * read once and copied only where it cannot be moved; afterwards `path` may be gone.
   */
  takeFile(path: string, signal: AbortSignal): Promise<FileDigest>;
  /**
   * Streams bytes in; used only when they match `expected` where that is given (else `STORE_MISMATCH`). A piece
   * has to stay as it is until the next but one is asked for.
   */
  putStream(
    bytes: AsyncIterable<Uint8Array>,
    expected: Sha256 | undefined,
    signal: AbortSignal,
  ): Promise<FileDigest>;
  /** Puts stored content at `path`, atomically, with mode 0644. A file that has it already stays as it is. */
  checkout(sha256: Sha256, path: string, signal: AbortSignal): Promise<void>;
  /** Result of an action, only when all of its outputs are still there, whole. */
  action(key: string): Promise<ActionResult | undefined>;
  saveAction(key: string, result: ActionResult): Promise<void>;
  /** A folder on the store's file system for partial work. */
  readonly tmp: string;
  readonly root: string;
}

/** Digests of files on the host, remembered by (device, inode, size, mtime, ctime). */
export interface FileDigests {
  digest(path: string): Promise<FileDigest>;
  /**
   * What is remembered of a file, without waiting: for those who ask for thousands. Undefined before the
   * first `digest` too. Throws for a path that cannot be looked at.
   */
  known(path: string): FileDigest | undefined;
  /** Writes what was learned. */
  save(): Promise<void>;
}

/** Excludes other processes and other parts of this one. Released when the process dies. */
export interface Locks {
  acquire(name: string, signal: AbortSignal): Promise<AsyncDisposable>;
}

export interface Clock {
  /** Milliseconds since the epoch; for durations and progress only, never for content. */
  now(): number;
}

export interface Ports {
  readonly processes: Processes;
  readonly roots: Roots;
  readonly store: Store;
  readonly digests: FileDigests;
  readonly locks: Locks;
  readonly clock: Clock;
  readonly events: EventSink;
}
