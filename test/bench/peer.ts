import { join } from 'node:path';
import { assemble } from '../../toolkit/cli/assemble.ts';
import { readSettings } from '../../toolkit/cli/session.ts';
import { targetDefines } from '../../toolkit/domain/target.ts';
import { plannedBuilds } from '../../toolkit/pipeline/planned.ts';

/**
 * What a user would run instead: plain `rpmbuild --rebuild` of the same source RPMs, one after another, in
 * the same roots with the same macros and the same -j (or `jobs`). Returns wall seconds, roots and sources being
 * warm.
 */
export async function serialRpmbuild(
  checkout: string,
  config: string,
  cache: string,
  jobs?: number,
): Promise<number> {
  const signal = new AbortController().signal;
  const env = { ...process.env, DISTROKIT_CACHE: cache };
  const settings = {
    ...readSettings({ config: join(checkout, config) }, env),
    outDir: join(checkout, 'out/bench-peer'),
  };
  const silent = { emit: () => undefined };
  await using assembly = await assemble(settings, silent, env, signal);
  const { context, host } = assembly;
  const builds = await plannedBuilds(context, signal);
  const start = performance.now();
  for (const { name, root, srpm } of builds) {
    await using out = await host.roots.scratch('peer-');
    const result = await host.roots.run(
      root,
      {
        argv: [
          ...(['rpmbuild', '--rebuild', '--nocheck', '--define', '_topdir /build/top'] as const),
          ...['--define', '_rpmdir /build/out', '--define', `_smp_build_ncpus ${jobs ?? settings.jobs}`],
          ...targetDefines(context.target),
          '/build/in.src.rpm',
        ],
        binds: [
          { source: srpm, target: '/build/in.src.rpm', writable: false },
          { source: out.path, target: '/build/out', writable: true },
        ],
      },
      signal,
    );
    if (result.exitCode !== 0) throw new Error(`rpmbuild of ${name}: ${result.stderr.slice(-2000)}`);
  }
  return (performance.now() - start) / 1000;
}
