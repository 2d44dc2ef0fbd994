import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EventSink } from '../domain/events.ts';
import type { Ports } from '../domain/ports.ts';
import { checkCacheFolder } from './cache-folder.ts';
import { createClock } from './clock.ts';
import { createFileDigests } from './digests.ts';
import { createLocks } from './locks.ts';
import { createProcesses } from './process/run.ts';
import { createMmdebstrapMaker } from './roots/bootstrap.ts';
import { createUsernsRoots, type ManagedRoots } from './roots/userns.ts';
import type { Sandboxing } from './sandbox/enter.ts';
import { hostIdMap } from './sandbox/idmap.ts';
import { removeTree } from './sandbox/remove.ts';
import { openSession, staleSessions } from './session.ts';
import { type CacheStore, createStore } from './store/store.ts';

export interface HostOptions {
  /** Default: see defaultCacheDir. */
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

/** Debian's current stable release, whatever the host runs. */
const SUITE = 'trixie';
const DEBIAN_ARCH = 'amd64';

/** Opens the cache and makes the ports real. Throws `CACHE_UNFIT`. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { events } = options;
  if (options.toolchain !== 'userns') throw new Error(`no such toolchain yet: ${options.toolchain}`);
  const cacheDir = await checkCacheFolder(resolve(options.cacheDir ?? defaultCacheDir()));
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
  for (const path of await staleSessions(cacheDir)) await removeTree(sandboxing, path);
  const maker = createMmdebstrapMaker({
    sandboxing,
    mirror: options.mirror,
    events,
  });
  const base = { ...options, cacheDir, suite: SUITE, arch: DEBIAN_ARCH, store, maker, digests };
  const roots = createUsernsRoots({ sandboxing, session, locks, base });
  return {
    ...{ processes, roots, store, digests, locks, clock: createClock(), events, cacheDir },
    async [Symbol.asyncDispose]() {
      await digests.save();
      await roots[Symbol.asyncDispose]();
    },
  };
}

/** $DISTROKIT_CACHE, else the user's cache folder (XDG base directory specification) + `/distrokit`. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.DISTROKIT_CACHE) return env.DISTROKIT_CACHE;
  // Relative values are invalid and are ignored, says the specification.
  if (env.XDG_CACHE_HOME?.startsWith('/')) return join(env.XDG_CACHE_HOME, 'distrokit');
  return join(env.HOME ?? homedir(), '.cache', 'distrokit');
}
