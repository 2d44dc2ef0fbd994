import type { DependencyGraph } from '../graph.ts';
import { resolveRequirement } from '../graph-resolve.ts';
import { type AnswerEdge, type EdgeSource, edgeSource, resolutionTargets } from './edges.ts';
import type { Subject } from './find.ts';
import { type AnswerNode, GOAL, nodesOf } from './node.ts';

/** Where chains start. */
export interface ChainStart {
  /** How the goal is called: a configuration's name, `PACKAGES`, `everything` ... */
  readonly name: string;
  /** Dependencies that are to be installed, as rpm writes them. */
  readonly install: readonly string[];
  /** Ids of nodes that are to be had: builds, or packages to be installed. */
  readonly nodes: readonly string[];
  /** Whether every spec is asked for by itself: then only what others need of the subject is of interest. */
  readonly isEverything: boolean;
}

export interface WhyAnswer {
  readonly subject: Subject;
  readonly goal: string;
  readonly isEverything: boolean;
  /** Shortest chains from the goal, all of one length; empty when nothing needs the subject. */
  readonly chains: readonly (readonly AnswerEdge[])[];
  /** How many shortest chains there are; `chains` holds the first of them. */
  readonly chainCount: number;
  /** Every node of the chains, and the subject's own. */
  readonly nodes: readonly AnswerNode[];
}

/**
 * The shortest chains of dependencies from a goal to a subject, at most `limit` of them. Where a package is
 * part of a build root, its Requires count as they resolve there. Conditional dependencies are followed only
 * when no chain goes without them.
 */
export function whyNeeded(
  graph: DependencyGraph,
  start: ChainStart,
  subject: Subject,
  limit: number,
): WhyAnswer {
  const source = edgeSource(graph);
  const found = [false, true]
    .map((conditional) => shortestChains(graph, source, start, subject, { conditional, limit }))
    .find(({ chains }) => chains.length > 0) ?? { chains: [], chainCount: 0 };
  const { name: goal, isEverything } = start;
  const ids = [...subject.ids, ...found.chains.flat().flatMap(({ from, to }) => [from, to])];
  return { subject, goal, isEverything, ...found, nodes: nodesOf(graph, ids, goal) };
}

/** A node where it stands: the same package may be installed by the goal and be part of build roots. */
interface Place {
  readonly id: string;
  readonly where: 'installed' | 'build-root';
}

interface Visit extends Place {
  readonly distance: number;
  /** All edges by which shortest chains come here. */
  readonly by: { readonly edge: AnswerEdge; readonly from: Visit }[];
}

function shortestChains(
  graph: DependencyGraph,
  source: EdgeSource,
  start: ChainStart,
  subject: Subject,
  { conditional, limit }: { readonly conditional: boolean; readonly limit: number },
): Pick<WhyAnswer, 'chains' | 'chainCount'> {
  const targets = new Set(subject.ids);
  const visits = new Map<string, Visit>();
  const goal: Visit = { id: GOAL, where: 'installed', distance: 0, by: [] };
  let ends: Visit[] = [];
  for (let level: Visit[] = [goal]; level.length > 0 && ends.length === 0; ) {
    const next: Visit[] = [];
    for (const from of level) {
      for (const edge of edgesFrom(graph, source, start, from, targets)) {
        if (edge.isConditional && !conditional) continue;
        const where =
          edge.kind === 'requires' ? from.where : edge.kind === 'goal' ? 'installed' : 'build-root';
        const key = `${where} ${edge.to}`;
        const known = visits.get(key);
        const visit = known ?? { id: edge.to, where, distance: from.distance + 1, by: [] };
        if (known === undefined) {
          visits.set(key, visit);
          next.push(visit);
        }
        // Of several dependencies that lead to the same, the first written stands for all.
        const isNew = visit.by.every((other) => other.from !== from);
        if (visit.distance === from.distance + 1 && isNew) visit.by.push({ edge, from });
      }
    }
    ends = next
      .filter(({ id }) => targets.has(id))
      // What the goal installs says more than what some build root holds.
      .sort((a, b) => Number(b.where === 'installed') - Number(a.where === 'installed'));
    level = next;
  }
  return { chains: chainsTo(ends, limit), chainCount: countChains(ends) };
}

function edgesFrom(
  graph: DependencyGraph,
  source: EdgeSource,
  start: ChainStart,
  { id, where }: Place,
  targets: ReadonlySet<string>,
): readonly AnswerEdge[] {
  if (id === GOAL) return goalEdges(graph, start, targets);
  // A chain from the subject itself to the subject says nothing.
  if (targets.has(id)) return [];
  return graph.builds.has(id) ? source.ofBuild(id) : source.ofPackage(id, where);
}

function goalEdges(
  graph: DependencyGraph,
  { install, nodes, isEverything }: ChainStart,
  targets: ReadonlySet<string>,
): readonly AnswerEdge[] {
  const edge = { from: GOAL, kind: 'goal' } as const;
  return [
    ...install.flatMap((text) =>
      resolutionTargets(resolveRequirement(text, graph.index, graph.policy).resolution).map((target) => ({
        ...edge,
        ...target,
        text,
      })),
    ),
    ...nodes
      .filter((to) => !isEverything || !targets.has(to))
      .map((to) => ({ ...edge, to, text: '', isConditional: false, isPredicted: false })),
  ];
}

/** The first `limit` chains that end here, in the order in which dependencies are written. */
function chainsTo(ends: readonly Visit[], limit: number): readonly (readonly AnswerEdge[])[] {
  const chains: AnswerEdge[][] = [];
  const extend = (visit: Visit, tail: readonly AnswerEdge[]): void => {
    if (visit.distance === 0) chains.push([...tail]);
    for (const { edge, from } of visit.by) {
      if (chains.length >= limit) return;
      extend(from, [edge, ...tail]);
    }
  };
  for (const end of ends) extend(end, []);
  return chains;
}

function countChains(ends: readonly Visit[]): number {
  const counts = new Map<Visit, number>();
  const count = (visit: Visit): number => {
    if (visit.distance === 0) return 1;
    const known = counts.get(visit);
    if (known !== undefined) return known;
    const sum = visit.by.reduce((all, { from }) => all + count(from), 0);
    counts.set(visit, sum);
    return sum;
  };
  return ends.reduce((all, end) => all + count(end), 0);
}
