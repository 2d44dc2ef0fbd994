import { assemble } from '../../../toolkit/cli/assemble.ts';
import { readSettings } from '../../../toolkit/cli/session.ts';
import type { Bind } from '../../../toolkit/domain/ports.ts';
import { targetDefines } from '../../../toolkit/domain/target.ts';
import { digestFiles } from '../../../toolkit/host/scanner/environment.ts';
import { distroRoot, scannerRoot } from '../../../toolkit/host/scanner/root.ts';
import { openTree, treeFiles } from '../../../toolkit/stages/specs-to-scans/index.ts';
import { childrenSeconds } from './cost.ts';
import type { Workload } from './workload.ts';

/** Where a scan room shows the sampled specs. */
export const SPECS = '/specs';

/** The root that specs of a workload are scanned in, as the toolkit makes it, open to other programs. */
export interface ScanRoom extends AsyncDisposable {
  /** The profile's definitions, as arguments of rpm's programs. */
  readonly defines: readonly string[];
  /**
   * Runs bash in a throw-away copy, the sampled specs being at SPECS; gives the CPU seconds that it tells of
   * at last (`times`). Throws with the end of what it said when it fails.
   */
  cpuSeconds(script: string, args: readonly string[], binds?: readonly Bind[]): Promise<number>;
}

export async function openScanRoom(workload: Workload, cache: string): Promise<ScanRoom> {
  const signal = new AbortController().signal;
  const env = { ...process.env, DISTROKIT_CACHE: cache };
  const settings = readSettings({ distro: workload.distro, specs: workload.specsDir }, env);
  await using stack = new AsyncDisposableStack();
  const { context, host } = stack.use(await assemble(settings, { emit: () => undefined }, env, signal));
  const { target, answers, worker } = context.distro;
  const files = await treeFiles(await openTree(workload.specsDir, context.distro), context.distro);
  const helper = await scannerRoot(await host.roots.base(worker, signal), host.roots, signal);
  const digests = await digestFiles({ files }, host.digests);
  const root = await distroRoot(helper, { files, answers }, digests, host.roots, signal);
  const specs: Bind = { source: workload.sampled, target: SPECS, writable: false };
  const owned = stack.move();
  return {
    defines: targetDefines({ ...target, macros: [...target.macros, { name: 'with_check', body: '0' }] }),
    async cpuSeconds(script, args, binds = []) {
      const argv = ['/bin/bash', '-c', script, 'peer', ...args] as const;
      const done = await host.roots.run(
        root,
        { argv: ['/bin/bash', ...argv.slice(1)], binds: [specs, ...binds] },
        signal,
      );
      if (done.exitCode !== 0) {
        throw new Error(`a peer ended with ${done.exitCode}: ${(done.stderr + done.stdout).slice(-2000)}`);
      }
      return childrenSeconds(done.stderr);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
