import type { CycleBreak, DependencyCycle, DependencyGraph } from '../graph.ts';
import { stronglyConnectedComponents } from '../scc.ts';
import { edgeSource } from './edges.ts';
import { type AnswerNode, nodesOf } from './node.ts';

export interface CyclesAnswer {
  /** Those that no order of builds can satisfy. */
  readonly unsolved: readonly DependencyCycle[];
  /** Dependencies that are taken prebuilt because that broke a cycle. */
  readonly breaks: readonly CycleBreak[];
  /** Packages that need each other only to run: installed together, they are no problem. Largest first. */
  readonly runOnly: readonly (readonly string[])[];
  readonly nodes: readonly AnswerNode[];
}

/** The cycles of a graph: with an SRPM in them, broken, and (for completeness) of packages only. */
export function cyclesOf(graph: DependencyGraph): CyclesAnswer {
  const { cycles: unsolved, breaks } = graph;
  const runOnly = runCycles(graph);
  const ids = [...unsolved.flatMap(({ nodes }) => nodes), ...runOnly.flat()];
  return { unsolved, breaks, runOnly, nodes: nodesOf(graph, ids) };
}

function runCycles(graph: DependencyGraph): readonly (readonly string[])[] {
  const source = edgeSource(graph);
  const ids = [...graph.packages.keys()].sort();
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const successors = ids.map((id) =>
    source
      .ofPackage(id, 'installed')
      .flatMap(({ to, kind, isConditional }) =>
        kind === 'requires' && !isConditional ? (numbers.get(to) ?? []) : [],
      ),
  );
  return stronglyConnectedComponents(ids.length, (node) => successors[node]!)
    .filter(({ length }) => length > 1)
    .map((component) => component.map((node) => ids[node]!))
    .sort((a, b) => b.length - a.length || (a[0]! < b[0]! ? -1 : 1));
}
