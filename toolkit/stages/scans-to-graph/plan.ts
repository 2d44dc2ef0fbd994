import type { DependencyGraph } from '../../domain/graph.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { GraphSnapshot } from './types.ts';

/** The graph as sorted plain data. */
export function graphSnapshot(graph: DependencyGraph): GraphSnapshot {
  const { unresolved, cycles, breaks, droppedPredictions, excluded, failures, duplicates } = graph;
  return {
    builds: [...graph.builds.values()].sort((a, b) => byCodeUnit(a.id, b.id)),
    packages: [...graph.packages.values()].sort((a, b) => byCodeUnit(a.id, b.id)),
    unresolved,
    cycles,
    breaks,
    droppedPredictions,
    excluded,
    failures,
    duplicates,
  };
}
