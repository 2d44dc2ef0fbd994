import { retold, ToolkitError, usageError } from '../domain/errors.ts';
import type { DependencyGraph } from '../domain/graph.ts';
import { isScanFailure, type SpecScanFailure } from '../domain/spec.ts';
import type { SpecScanReport } from '../domain/spec-scanner.ts';
import type { MacroDefinition } from '../domain/target.ts';
import { graphSnapshot, scansToGraph } from '../stages/scans-to-graph/index.ts';
import {
  type DistroTree,
  openTree,
  prebuiltNames,
  scanSpecs,
  treeFiles,
} from '../stages/specs-to-scans/index.ts';
import type { Context } from './context.ts';
import { outPaths } from './layout.ts';
import { writeSnapshot } from './snapshot.ts';
import { inStage } from './stage.ts';

/** Scans the specs and resolves what they need, from one another, package servers and the seed root. */
export async function readGraph(context: Context, signal: AbortSignal): Promise<DependencyGraph> {
  const { ports, settings, target, distro } = context;
  const paths = outPaths(settings);
  const tree = await openTree(settings.specsDir, distro);
  const scans = await inStage(ports, 'scan', undefined, async () => {
    const { results, scanned } = await scanTree(tree, context, signal);
    const failed = results.filter(isScanFailure).length;
    const detail = `${results.length} specs, ${scanned} read now${failed === 0 ? '' : `, ${failed} unreadable`}`;
    return { result: results, detail };
  });
  await writeSnapshot(paths.scans, scans);
  const graph = await inStage(ports, 'graph', undefined, async () => {
    const pools = [...(await context.servers.pools(signal)), await context.seedPool(signal)];
    const policy = {
      preferServers: !settings.buildLocally,
      preferred: distro.prefer,
      prebuilt: await prebuiltNames(tree, distro),
      seedFirst: distro.build.librariesOfWorker,
    };
    const result = scansToGraph({ scans, arch: target.arch, pools, policy }, ports);
    return { result, detail: `${result.builds.size} source packages, ${result.packages.size} packages` };
  });
  await writeSnapshot(paths.graph, graphSnapshot(graph));
  return graph;
}

/**
 * Macros that only build scripts hold, and that would ask this machine: how many processors it has, what its
 * make can. Nothing that a scan tells depends on them.
 */
const BUILD_ONLY: readonly MacroDefinition[] = [
  { name: '_smp_build_ncpus', body: '1' },
  { name: '_make_output_sync', body: '-O' },
];

/** What rpm says of every spec of the specs folder; unchanged ones come from the cache. */
export async function readScans(context: Context, signal: AbortSignal): Promise<SpecScanReport> {
  return await scanTree(await openTree(context.settings.specsDir, context.distro), context, signal);
}

async function scanTree(
  tree: DistroTree,
  { ports, settings, target, scanner, distro }: Context,
  signal: AbortSignal,
): Promise<SpecScanReport> {
  const { answers, versionMacros } = distro;
  const files = await treeFiles(tree, distro);
  const defines = [{ name: 'with_check', body: settings.runCheck ? '1' : '0' }, ...BUILD_ONLY];
  const { folder, patterns } = tree;
  const input = { folder, patterns, target, defines, files, answers, versionMacros };
  return await scanSpecs(input, scanner, ports, signal);
}

/** Throws `SPECS_INVALID` when specs could not be read. */
export function refuseScanFailures(failures: readonly SpecScanFailure[]): void {
  const error = scanFailure(failures);
  if (error !== undefined) throw error;
}

/**
 * Does what can be done without the specs that could not be read, then throws `SPECS_INVALID`: they never
 * take the others down, and they are never passed over in silence, not even when the work fails by itself.
 */
export async function thenRefuseScanFailures<T>(
  failures: readonly SpecScanFailure[],
  work: () => Promise<T>,
): Promise<T> {
  const unread = scanFailure(failures);
  try {
    const result = await work();
    if (unread !== undefined) throw unread;
    return result;
  } catch (error) {
    if (error === unread || unread === undefined || !(error instanceof ToolkitError)) throw error;
    throw retold(error, { message: `${error.message}\n${unread.message}` });
  }
}

function scanFailure(failures: readonly SpecScanFailure[]): ToolkitError | undefined {
  if (failures.length === 0) return undefined;
  const lines = failures.map(({ error }) => {
    const place = error.line === null ? error.file : `${error.file}:${error.line}`;
    return `  ${place}: ${error.message}`;
  });
  const count = failures.length === 1 ? 'a spec' : `${failures.length} specs`;
  return usageError('SPECS_INVALID', `${count} could not be read:\n${lines.join('\n')}`, {
    hint: 'Everything else was done.',
  });
}
