import type { DependencyGraph, SrpmId } from '../../domain/graph.ts';
import { formatCycle } from '../../domain/graph-cycles.ts';
import type { PlannedCycle } from '../../domain/plan.ts';
import { shortestCycle, stronglyConnectedComponents } from '../../domain/scc.ts';
import { byCodeUnit } from '../../domain/text.ts';

/** Builds that wait for each other, and all that can never start because of them. */
export interface BuildCycles {
  /** Sorted by their first SRPM. */
  readonly cycles: readonly PlannedCycle[];
  /** Members of cycles, and what waits for one. */
  readonly stuck: ReadonlySet<SrpmId>;
}

/** Finds the builds that wait for each other; `waitsOn` tells of every build what it needs first. */
export function findBuildCycles(
  graph: Pick<DependencyGraph, 'cycles'>,
  waitsOn: ReadonlyMap<SrpmId, ReadonlySet<SrpmId>>,
): BuildCycles {
  const srpms = [...waitsOn.keys()].sort(byCodeUnit);
  const numbers = new Map(srpms.map((srpm, number) => [srpm, number]));
  const edges = srpms.map((srpm) =>
    [...waitsOn.get(srpm)!].sort(byCodeUnit).map((other) => numbers.get(other)!),
  );
  const successors = (node: number) => edges[node]!;
  const cycles: PlannedCycle[] = [];
  const stuck = new Set<SrpmId>();
  // Components come after all that they lead to: what waits for a stuck build is met later than that build.
  for (const component of stronglyConnectedComponents(srpms.length, successors)) {
    const first = component[0]!;
    const members = component.map((node) => srpms[node]!);
    if (component.length > 1 || successors(first).includes(first)) {
      const path = shortestCycle(first, successors, new Set(component)) ?? [first];
      const known = graph.cycles.find(({ nodes }) => nodes.some((node) => members.includes(node)));
      const text =
        known === undefined ? [...path, first].map((node) => srpms[node]!).join(' -> ') : formatCycle(known);
      cycles.push({ srpms: members, text, cut: known?.cut ?? [] });
    } else if (!successors(first).some((other) => stuck.has(srpms[other]!))) {
      continue;
    }
    for (const member of members) stuck.add(member);
  }
  return { cycles: cycles.sort((a, b) => byCodeUnit(a.srpms[0]!, b.srpms[0]!)), stuck };
}
