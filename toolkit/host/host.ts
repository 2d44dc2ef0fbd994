import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { EventSink } from '../domain/events.ts';
import type { Locks, Ports } from '../domain/ports.ts';
import { checkCacheFolder } from './cache-folder.ts';
import { createClock } from './clock.ts';
import { createFileDigests } from './digests.ts';
import { createContainerMaker, createDockerMaker } from './docker/bootstrap.ts';
import { removeOwned } from './docker/owners.ts';
import { createDockerRoots, lazyEngine } from './docker/roots.ts';
import { createLocks } from './locks.ts';
import { createProcesses } from './process/run.ts';
import { type BaseMaker, createMmdebstrapMaker } from './roots/bootstrap.ts';
import type { ManagedRoots } from './roots/managed.ts';
import { mappedFolder } from './roots/tree.ts';
import { createUsernsRoots } from './roots/userns.ts';
import type { Sandboxing } from './sandbox/enter.ts';
import { hostIdMap } from './sandbox/idmap.ts';
import { removeTree } from './sandbox/remove.ts';
import { openSession, type Session, sweepSessions } from './session.ts';
import { type CacheStore, createStore } from './store/store.ts';

export interface HostOptions {
  /** Default, also where it is empty: see defaultCacheDir. */
  readonly cacheDir?: string | undefined;
  readonly toolchain: 'userns' | 'docker';
  /** Whether roots must be exactly what their locks say. */
  readonly locked: boolean;
  /** URL of a Debian mirror; default: the one that the host's apt knows. */
  readonly mirror?: string | undefined;
  /** The checkout's `chroot/`. */
  readonly chrootDir: string;
  readonly events: EventSink;
}

/** The real ports, with what only the command line asks of them. Disposing it leaves no partial work behind. */
export interface Host extends Ports, AsyncDisposable {
  readonly store: CacheStore;
  readonly roots: ManagedRoots;
  readonly cacheDir: string;
}

/** Debian's current stable release, whatever the host runs; a package list may name another. */
const SUITE = 'trixie';
const DEBIAN_ARCH = 'amd64';

/**
 * Opens the cache and makes the ports real. Sets the process's umask: what we write for a sandbox has to be
 * readable by its ids, and no output may depend on the caller's. Throws `CACHE_UNFIT`.
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { events } = options;
  if (isMainThread) process.umask(0o022);
  const cacheDir = await checkCacheFolder(resolve(options.cacheDir || defaultCacheDir()));
  const processes = createProcesses();
  const session = await openSession(cacheDir);
  const digests = createFileDigests(join(cacheDir, 'digests'));
  const store = createStore(cacheDir, digests, session.path);
  const locks = createLocks(join(cacheDir, 'locks'), events);
  let box: Promise<Sandboxing> | undefined;
  const sandboxing = () => {
    box ??= hostIdMap().then((map) => ({ cacheDir, map, processes }));
    return box;
  };
  const openRoots = options.toolchain === 'docker' ? openDockerRoots : openUsernsRoots;
  const roots = await openRoots(options, { cacheDir, store, session, locks, sandboxing });
  return {
    ...{ processes, roots, store, digests, locks, clock: createClock(), events, cacheDir },
    async [Symbol.asyncDispose]() {
      // A failure here must not hide the one that may have ended the run.
      await orWarn(events, 'what is known of files was not saved', () => digests.save());
      await orWarn(events, 'partial work was not removed', async () => await roots[Symbol.asyncDispose]());
    },
  };
}

async function orWarn(events: EventSink, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = `${what}: ${error instanceof Error ? error.message : error}`;
    events.emit({ type: 'notice.given', level: 'warning', message });
  }
}

interface Parts {
  readonly cacheDir: string;
  readonly store: CacheStore;
  readonly session: Session;
  readonly locks: Locks;
  readonly sandboxing: () => Promise<Sandboxing>;
}

async function openUsernsRoots(options: HostOptions, parts: Parts): Promise<ManagedRoots> {
  const { sandboxing, session, locks } = parts;
  await sweepSessions(parts.cacheDir, session, (path) => removeTree(sandboxing, path), options.events);
  const maker = createMmdebstrapMaker({ ...options, mirror: options.mirror, sandboxing });
  return createUsernsRoots({ sandboxing, session, locks, base: baseOptions(options, parts, maker) });
}

async function openDockerRoots(options: HostOptions, parts: Parts): Promise<ManagedRoots> {
  const { sandboxing, session, locks } = parts;
  const engine = lazyEngine();
  await sweepSessions(parts.cacheDir, session, (path) => removeOwned(engine, path), options.events);
  const onHost = createMmdebstrapMaker({ ...options, mirror: options.mirror, sandboxing });
  const maker = createDockerMaker(
    async (recipe, folder, signal) => {
      await mappedFolder(await sandboxing(), folder);
      return await onHost(recipe, folder, signal);
    },
    createContainerMaker({ ...options, mirror: options.mirror, engine, session }),
  );
  return createDockerRoots({ engine, session, locks, base: baseOptions(options, parts, maker) });
}

function baseOptions(
  { chrootDir, locked, events }: HostOptions,
  { cacheDir, store }: Parts,
  maker: BaseMaker,
) {
  return { chrootDir, locked, events, cacheDir, store, maker, suite: SUITE, arch: DEBIAN_ARCH };
}

/** $DISTROKIT_CACHE, else the user's cache folder (XDG base directory specification) + `/distrokit`. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.DISTROKIT_CACHE) return env.DISTROKIT_CACHE;
  // Relative values are invalid and are ignored, says the specification.
  if (env.XDG_CACHE_HOME?.startsWith('/')) return join(env.XDG_CACHE_HOME, 'distrokit');
  return join(env.HOME ?? homedir(), '.cache', 'distrokit');
}
