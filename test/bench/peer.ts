import { join } from 'node:path';
import { assemble } from '../../toolkit/cli/assemble.ts';
import { readSettings } from '../../toolkit/cli/session.ts';
import { targetDefines } from '../../toolkit/domain/target.ts';
import type { Host } from '../../toolkit/host/host.ts';
import { plannedBuilds, type ReadyBuild } from '../../toolkit/pipeline/planned.ts';

/** How plain rpmbuild is run: `-j` of each (the settings' when undefined) and how many stand side by side. */
interface PeerRun {
  readonly jobs?: number;
  readonly atOnce?: number;
}

/**
 * What a user would run instead: plain `rpmbuild --rebuild` of the same source RPMs in the same roots with the
 * same macros. Returns the sum of what each took, in wall seconds, roots and sources being warm.
 */
export async function plainRpmbuild(
  checkout: string,
  config: string,
  cache: string,
  { jobs, atOnce = 1 }: PeerRun = {},
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
  const left = (await plannedBuilds(context, signal)).values();
  const argv = [
    ...(['rpmbuild', '--rebuild', '--nocheck', '--define', '_topdir /build/top'] as const),
    ...['--define', '_rpmdir /build/out', '--define', `_smp_build_ncpus ${jobs ?? settings.jobs}`],
    ...targetDefines(context.target),
    '/build/in.src.rpm',
  ] as const;
  let sum = 0;
  const buildRest = async (): Promise<void> => {
    for (const build of left) {
      const seconds = await rebuild(build, argv, host, signal);
      sum += seconds;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, buildRest));
  return sum;
}

/** Wall seconds of one build. */
async function rebuild(
  { name, root, srpm }: ReadyBuild,
  argv: readonly [string, ...string[]],
  { roots }: Pick<Host, 'roots'>,
  signal: AbortSignal,
): Promise<number> {
  await using out = await roots.scratch('peer-');
  const start = performance.now();
  const result = await roots.run(
    root,
    {
      argv,
      binds: [
        { source: srpm, target: '/build/in.src.rpm', writable: false },
        { source: out.path, target: '/build/out', writable: true },
      ],
    },
    signal,
  );
  if (result.exitCode !== 0) throw new Error(`rpmbuild of ${name}: ${result.stderr.slice(-2000)}`);
  return (performance.now() - start) / 1000;
}
