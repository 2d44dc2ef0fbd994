import type { DependencyGraph, SrpmId } from '../graph.ts';
import { type AnswerEdge, allEdges, byTarget, edgeSource } from './edges.ts';
import { type Subject, srpmsOf } from './find.ts';
import { type AnswerNode, nodesOf } from './node.ts';
import { buildOrder, buildSuccessors } from './order.ts';

/** Edges that were found from some nodes on, in the order of the search. */
export interface NeedsTree {
  /** Where it starts. */
  readonly roots: readonly string[];
  readonly edges: readonly AnswerEdge[];
}

export interface NeedsAnswer {
  readonly subject: Subject;
  readonly isReverse: boolean;
  /** How many steps were followed; undefined: all. */
  readonly depth: number | undefined;
  /**
   * What has to be in the build root of its source package: BuildRequires and their Requires. Reverse: the
   * builds whose root holds it, and through which packages.
   */
  readonly build: NeedsTree;
  /** What has to be installed with its packages. Reverse: the packages that cannot be installed without it. */
  readonly run: NeedsTree;
  /** Names of all source packages that have to be built before it, in order; empty for reverse. */
  readonly buildsBefore: readonly string[];
  readonly nodes: readonly AnswerNode[];
}

/** What a subject needs, to be built and to run: whole, or only `depth` steps of it. */
export function needsOf(graph: DependencyGraph, subject: Subject, depth: number | undefined): NeedsAnswer {
  const source = edgeSource(graph);
  const srpms = srpmsOf(graph, subject);
  const packages = subject.ids.filter((id) => graph.packages.has(id));
  const requires = (where: 'installed' | 'build-root') => (id: string) =>
    source.ofPackage(id, where).filter(({ kind }) => kind === 'requires');
  const inRoot = requires('build-root');
  const build = follow(
    srpms,
    (id) => (graph.builds.has(id) ? source.ofBuild(id) : inRoot(id)),
    onward,
    depth,
  );
  const run = follow(packages, requires('installed'), onward, depth);
  return answer(graph, subject, {
    isReverse: false,
    depth,
    build,
    run,
    buildsBefore: namesBefore(graph, srpms),
  });
}

/** Who needs a subject: whole, or only `depth` steps of it. */
export function neededBy(graph: DependencyGraph, subject: Subject, depth: number | undefined): NeedsAnswer {
  const isNeed = ({ kind }: AnswerEdge) => kind !== 'built-by';
  const inRoots = byTarget(allEdges(graph, 'build-root').filter(isNeed));
  const installed = byTarget(allEdges(graph, 'installed').filter(({ kind }) => kind === 'requires'));
  const back = ({ from }: AnswerEdge) => from;
  const roots = subject.ids.filter((id) => !graph.builds.has(id));
  const build = endingInBuilds(
    graph,
    follow(roots, (id) => inRoots.get(id) ?? [], back, depth),
  );
  const others = follow(roots, (id) => installed.get(id) ?? [], back, depth);
  const own = new Set(roots);
  const run = { roots, edges: others.edges.filter(({ from }) => !own.has(from)) };
  return answer(graph, subject, { isReverse: true, depth, build, run, buildsBefore: [] });
}

const onward = ({ to }: AnswerEdge) => to;

/** Breadth first, every node once; edges between nodes that were found are all there. */
function follow(
  roots: readonly string[],
  edgesAt: (id: string) => readonly AnswerEdge[],
  next: (edge: AnswerEdge) => string,
  depth = Number.POSITIVE_INFINITY,
): NeedsTree {
  const seen = new Set(roots);
  const edges: AnswerEdge[] = [];
  let level: readonly string[] = roots;
  for (let step = 0; step < depth && level.length > 0; step += 1) {
    const following: string[] = [];
    for (const edge of level.flatMap(edgesAt)) {
      edges.push(edge);
      const id = next(edge);
      if (!seen.has(id)) {
        seen.add(id);
        following.push(id);
      }
    }
    level = following;
  }
  return { roots, edges };
}

/** Only what leads on to a build: a package that no build has in its root is of no interest there. */
function endingInBuilds(graph: DependencyGraph, { roots, edges }: NeedsTree): NeedsTree {
  const useful = new Set<string>(edges.flatMap(({ from }) => (graph.builds.has(from) ? from : [])));
  // Edges come breadth first, so from the end each node is settled before what led to it; cycles take more.
  for (let before = -1; before !== useful.size; ) {
    before = useful.size;
    for (const { from, to } of edges.toReversed()) if (useful.has(from)) useful.add(to);
  }
  const own = new Set(roots);
  return { roots, edges: edges.filter(({ from }) => useful.has(from) && !own.has(from)) };
}

function namesBefore(graph: DependencyGraph, srpms: readonly SrpmId[]): readonly string[] {
  const successors = buildSuccessors(graph);
  const needed = new Set<string>();
  const queue = [...srpms];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const to of successors(id)) {
      if (!needed.has(to)) {
        needed.add(to);
        queue.push(to);
      }
    }
  }
  const own = new Set(srpms);
  const builds = [...needed].filter((id) => graph.builds.has(id) && !own.has(id));
  return buildOrder(graph, builds)
    .flat()
    .map((id) => graph.builds.get(id)!.source.name);
}

function answer(
  graph: DependencyGraph,
  subject: Subject,
  found: Omit<NeedsAnswer, 'subject' | 'nodes'>,
): NeedsAnswer {
  const edges = [...found.build.edges, ...found.run.edges];
  const roots = [...found.build.roots, ...found.run.roots];
  const ids = [...subject.ids, ...roots, ...edges.flatMap(({ from, to }) => [from, to])];
  return { subject, ...found, nodes: nodesOf(graph, ids) };
}
