import type { DependencyGraph, SrpmId } from './graph.ts';
import { changeGraph } from './graph-change.ts';
import type { ScannedPackage } from './spec.ts';

/**
 * The graph after a build told what its packages really provide, require and hold. `built` replaces what
 * was known of the SRPM's packages, and nothing is predicted of them any more: what leaned on a prediction
 * that did not come true goes to another provider or is unresolved. Pure: the old graph stays as it is.
 */
export function reviseGraph(
  graph: DependencyGraph,
  srpm: SrpmId,
  built: readonly ScannedPackage[],
): DependencyGraph {
  const before = graph.scans.get(srpm);
  if (before === undefined) {
    throw new Error(`not in the graph: ${srpm}`);
  }
  return changeGraph(graph, [{ before, after: { ...before, packages: built }, isBuilt: true }]);
}
