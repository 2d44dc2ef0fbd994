import { join } from 'node:path';
import { loadDistroProfile } from '../config/distro.ts';
import type { EventSink } from '../domain/events.ts';
import { seedPool } from '../domain/pools.ts';
import { bothOrNeither } from '../host/both-or-neither.ts';
import { createHost, type Host } from '../host/host.ts';
import { createHttpClient } from '../host/http/client.ts';
import { readHttpSettings } from '../host/http/settings.ts';
import { createPackageServers } from '../host/package-servers/service.ts';
import { ensureHostTools } from '../host/preflight.ts';
import { createSpecScanner } from '../host/scanner/scanner.ts';
import { createSigner } from '../host/signing/signer.ts';
import { createSolver } from '../host/solver/solver.ts';
import { createDebianArchive } from '../host/sources/debian/open.ts';
import { fetchSources } from '../host/sources/fetch.ts';
import type { Context } from '../pipeline/context.ts';
import type { Settings } from '../pipeline/settings.ts';
import { toolkitProgram } from './program.ts';
import { CHECKOUT } from './session.ts';
import { toolchain, yesNo } from './variables.ts';

/** The real world of a run; disposing it ends what it started. */
export interface Assembly extends AsyncDisposable {
  readonly host: Host;
  readonly context: Context;
}

/** Opens the host alone: for commands that need no pipeline. */
export async function openHost(events: EventSink, env: NodeJS.ProcessEnv): Promise<Host> {
  const mirror = env.DEBIAN_MIRROR ?? '';
  return await createHost({
    cacheDir: env.DISTROKIT_CACHE,
    toolchain: toolchain(env),
    locked: yesNo(env, 'LOCKED'),
    mirror: mirror === '' ? undefined : mirror,
    chrootDir: join(CHECKOUT, 'chroot'),
    events,
  });
}

/** Makes all that a pipeline works with. Installs what the host lacks, where it may. */
export async function assemble(
  settings: Settings,
  events: EventSink,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Assembly> {
  await using stack = new AsyncDisposableStack();
  // A typo is told at once, not after the roots were made.
  const distro = await loadDistroProfile(settings.distro, settings.checkout);
  await ensureHostTools(toolchain(env), events, signal);
  const host = stack.use(await openHost(events, env));
  const base = (name: string) => (either: AbortSignal) => host.roots.base(name, either);
  const [worker, tools] = await bothOrNeither(base(distro.worker), base('tools'), signal);
  const http = stack.use(await createHttpClient(readHttpSettings(env), host.locks));
  const { target } = distro;
  const provides = worker.seed?.provides ?? [];
  const solver = stack.use(
    await createSolver(host, tools, {
      arch: target.arch,
      seedProvides: provides,
      sharedFolders: [host.cacheDir],
    }),
  );
  const archive = await createDebianArchive(env.DEBIAN_MIRROR, { ...host, http }, host.cacheDir);
  const sourceDeps = { ...host, http, sourceUrls: settings.sourceUrls, archive };
  const servers = createPackageServers(
    {
      urls: settings.packageUrls,
      repoFiles: settings.repoFiles,
      variables: { basearch: target.arch, arch: target.arch, releasever: distro.releasever },
    },
    { ...host, http, folder: join(host.cacheDir, 'package-servers') },
  );
  const context: Context = {
    ports: host,
    settings,
    distro,
    target,
    scanner: createSpecScanner(host, worker),
    solver,
    sources: { fetch: (request, given) => fetchSources(request, sourceDeps, given) },
    servers,
    seedPool: async () => seedPool(provides),
    program: await toolkitProgram(CHECKOUT, host.digests),
    signer: settings.signKey === undefined ? undefined : await createSigner(settings.signKey, host, env),
  };
  const owned = stack.move();
  return { host, context, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
