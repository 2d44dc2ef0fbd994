import type { DependencyGraph, SrpmId } from '../graph.ts';
import { stronglyConnectedComponents } from '../scc.ts';
import { edgeSource } from './edges.ts';

type Graph = Pick<DependencyGraph, 'builds' | 'packages' | 'index' | 'policy' | 'buildRootOverrides'>;

/**
 * What a build or a package needs before it, as builds see it: local nodes only, Requires as they resolve in
 * build roots, conditional dependencies as well. Answers are remembered.
 */
export function buildSuccessors(graph: Graph): (id: string) => readonly string[] {
  const source = edgeSource(graph);
  const known = new Map<string, readonly string[]>();
  return (id) => {
    let found = known.get(id);
    if (found === undefined) {
      const edges = graph.builds.has(id) ? source.ofBuild(id) : source.ofPackage(id, 'build-root');
      const local = edges.map(({ to }) => to).filter((to) => graph.builds.has(to) || graph.packages.has(to));
      found = [...new Set(local)];
      known.set(id, found);
    }
    return found;
  };
}

/**
 * These SRPMs in an order in which they can be built; those that need each other form one group. Among
 * equals the first by id.
 */
export function buildOrder(graph: Graph, srpms: Iterable<SrpmId>): readonly (readonly SrpmId[])[] {
  const wanted = new Set(srpms);
  const ids = [
    ...[...wanted].sort(),
    ...[...graph.builds.keys()].filter((id) => !wanted.has(id)),
    ...graph.packages.keys(),
  ];
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const successors = buildSuccessors(graph);
  const edges = (node: number) => successors(ids[node]!).map((id) => numbers.get(id)!);
  const known = new Map<number, readonly number[]>();
  const remembered = (node: number) => {
    const found = known.get(node) ?? edges(node);
    known.set(node, found);
    return found;
  };
  return stronglyConnectedComponents(ids.length, remembered)
    .map((component) => component.map((node) => ids[node]!).filter((id) => wanted.has(id)))
    .filter((group) => group.length > 0);
}
