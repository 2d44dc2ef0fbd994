import type { DependencyGraph, SrpmId } from '../graph.ts';
import { type AnswerEdge, allEdges, byTarget } from './edges.ts';
import { type Subject, srpmsOf } from './find.ts';
import { type AnswerNode, nodesOf } from './node.ts';
import { buildOrder } from './order.ts';

/** A build that a change leads to. */
export interface Rebuild {
  readonly srpm: SrpmId;
  readonly name: string;
  /** Whether it is itself what was changed. */
  readonly isChanged: boolean;
  /**
   * The shortest way from it to an SRPM that is built anew, the last edge ends there; empty for what was
   * changed. It rebuilds unless that one's packages come out the same as before.
   */
  readonly because: readonly AnswerEdge[];
  /** Index in `cycles` where no order of them works; mostly undefined. */
  readonly cycle: number | undefined;
  /** Milliseconds that its last build took here; undefined when it was never built. */
  readonly lastMs: number | undefined;
}

export interface WhatIfAnswer {
  readonly changed: readonly Subject[];
  /** In an order in which they can be built. */
  readonly rebuilds: readonly Rebuild[];
  /** Names of source packages that need each other to be built. */
  readonly cycles: readonly (readonly string[])[];
  /** How many builds the graph has. */
  readonly buildCount: number;
  /** Milliseconds, one after the other, of those whose duration is known. */
  readonly knownMs: number;
  /** How many were never built here, so that nobody knows how long they take. */
  readonly unknownCount: number;
  readonly nodes: readonly AnswerNode[];
}

/**
 * What would be built anew if some source packages changed: every SRPM in whose build root is a package of
 * one of them, and so on. Each of them is spared when what it depends on comes out as before.
 */
export function whatIfChanged(
  graph: DependencyGraph,
  changed: readonly Subject[],
  durations: ReadonlyMap<string, number>,
): WhatIfAnswer {
  const start = changed.flatMap((subject) => srpmsOf(graph, subject));
  const causes = findCauses(graph, start);
  const groups = buildOrder(graph, causes.keys());
  const nameOf = (srpm: SrpmId) => graph.builds.get(srpm)!.source.name;
  const cyclic = groups.filter(({ length }) => length > 1);
  const rebuilds = groups.flatMap((group) =>
    group.map((srpm) => ({
      srpm,
      name: nameOf(srpm),
      isChanged: start.includes(srpm),
      because: causes.get(srpm)!,
      cycle: group.length > 1 ? cyclic.indexOf(group) : undefined,
      lastMs: durations.get(nameOf(srpm)),
    })),
  );
  const known = rebuilds.flatMap(({ lastMs }) => lastMs ?? []);
  const ids = rebuilds.flatMap(({ srpm, because }) => [
    srpm,
    ...because.flatMap(({ from, to }) => [from, to]),
  ]);
  return {
    changed,
    rebuilds,
    cycles: cyclic.map((group) => group.map(nameOf)),
    buildCount: graph.builds.size,
    knownMs: known.reduce((sum, ms) => sum + ms, 0),
    unknownCount: rebuilds.length - known.length,
    nodes: nodesOf(graph, ids),
  };
}

/** For every SRPM that is reached: the shortest way to the one that made it so. */
function findCauses(
  graph: DependencyGraph,
  start: readonly SrpmId[],
): ReadonlyMap<SrpmId, readonly AnswerEdge[]> {
  const reverse = byTarget(allEdges(graph, 'build-root'));
  const causes = new Map<SrpmId, readonly AnswerEdge[]>(start.map((srpm) => [srpm, []]));
  const ways = new Map<string, readonly AnswerEdge[]>(causes);
  for (let level: readonly string[] = [...causes.keys()].sort(); level.length > 0; ) {
    const next: string[] = [];
    for (const id of level) {
      // From an SRPM on a new way begins: it is itself the reason for what depends on it.
      const way = graph.builds.has(id) ? [] : ways.get(id)!;
      for (const edge of reverse.get(id) ?? []) {
        if (ways.has(edge.from)) continue;
        const longer = [edge, ...way];
        ways.set(edge.from, longer);
        if (graph.builds.has(edge.from)) causes.set(edge.from, longer);
        next.push(edge.from);
      }
    }
    level = next;
  }
  return causes;
}
