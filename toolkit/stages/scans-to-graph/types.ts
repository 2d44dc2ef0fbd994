import type { BuildNode, DependencyGraph, PackageNode } from '../../domain/graph.ts';

/** The graph as plain data, every list sorted: to be written, read and compared. */
export interface GraphSnapshot
  extends Pick<
    DependencyGraph,
    'unresolved' | 'cycles' | 'breaks' | 'droppedPredictions' | 'excluded' | 'failures' | 'duplicates'
  > {
  readonly builds: readonly BuildNode[];
  readonly packages: readonly PackageNode[];
}
