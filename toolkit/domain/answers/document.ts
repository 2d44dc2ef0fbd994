import type { DependencyCycle, DependencyGraph, SrpmId } from '../graph.ts';
import { type AnswerEdge, allEdges } from './edges.ts';
import { specName } from './find.ts';
import { type AnswerNode, nodesOf } from './node.ts';

/**
 * What a run would do about a node: of builds and packages whether they are built anew, taken from the
 * cache, or not needed for the goal; of all else where it comes from.
 */
export type NodeState =
  | 'build'
  | 'reuse'
  | 'unneeded'
  | 'server'
  | 'prebuilt'
  | 'seed'
  | 'unresolved'
  | 'failed';

export type DocumentNode = AnswerNode & {
  readonly state: NodeState;
  /** Whether it is part of a component that no order of builds can satisfy. */
  readonly inCycle: boolean;
};

/** The whole graph as nodes and edges, for pictures and other programs. */
export interface GraphDocument {
  readonly goal: string;
  /** Sorted by id. */
  readonly nodes: readonly DocumentNode[];
  /** By `from`, in the order of `nodes`; each in the order in which specs write them. */
  readonly edges: readonly AnswerEdge[];
  readonly cycles: readonly DependencyCycle[];
}

/** What is known of the builds of a goal. */
export interface BuildStates {
  readonly goal: string;
  /** Those that the goal does not need are not in it. */
  readonly states: ReadonlyMap<SrpmId, 'build' | 'reuse'>;
}

/** The graph as a document. Requires are shown as they resolve where packages are installed. */
export function graphDocument(graph: DependencyGraph, { goal, states }: BuildStates): GraphDocument {
  const edges = allEdges(graph, 'installed');
  const inCycle = new Set(graph.cycles.flatMap(({ nodes }) => nodes));
  const stateOf = (node: AnswerNode): NodeState => {
    switch (node.kind) {
      case 'build':
        return states.get(node.id) ?? 'unneeded';
      case 'package':
        return states.get(node.spec) ?? 'unneeded';
      case 'goal':
        return 'build';
      default:
        return node.kind;
    }
  };
  const failed = graph.failures.map(({ spec }) => spec);
  const ids = [...graph.builds.keys(), ...graph.packages.keys(), ...failed, ...edges.map(({ to }) => to)];
  const nodes = nodesOf(graph, ids).map((node) => ({
    ...node,
    ...(node.kind === 'failed' ? { name: specName(node.id) } : {}),
    state: stateOf(node),
    inCycle: inCycle.has(node.id),
  }));
  const from = Map.groupBy(edges, (edge) => edge.from);
  return { goal, nodes, edges: nodes.flatMap(({ id }) => from.get(id) ?? []), cycles: graph.cycles };
}
