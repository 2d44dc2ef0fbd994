import type { CycleBreak, DependencyCycle, DroppedPrediction, Resolution, SrpmId } from './graph.ts';
import type { ProviderIndex } from './graph-index.ts';
import type { BuildOrder, OrderEdge } from './graph-order.ts';
import { type LeftEdge, proposeCut } from './graph-proposal.ts';
import type { ProviderPolicy } from './graph-providers.ts';
import { type Untangled, untangle } from './graph-tangles.ts';
import { shortestCycle, stronglyConnectedComponents } from './scc.ts';
import { byCodeUnit } from './text.ts';

/** What a component of nodes that need each other comes to. */
export interface Tangle extends Untangled {
  /** Node numbers. */
  readonly component: readonly number[];
  readonly cycles: readonly DependencyCycle[];
}

export interface BrokenCycles {
  readonly tangles: readonly Tangle[];
  readonly cycles: readonly DependencyCycle[];
  readonly breaks: readonly CycleBreak[];
  readonly dropped: readonly DroppedPrediction[];
}

interface Sources {
  readonly index: ProviderIndex;
  readonly policy: ProviderPolicy;
  /** The SRPM that makes a package; undefined for an SRPM. */
  readonly srpmOf: (id: string) => SrpmId | undefined;
}

/**
 * Breaks the cycles that no order of builds can satisfy: those through an SRPM. (Packages that require each
 * other are installed together.) Whatever else cannot be broken is returned as cycles, one for each component
 * that is left. What was found `before` for a component without a `changed` node counts again.
 */
export function breakCycles(
  order: BuildOrder,
  sources: Sources,
  before: readonly Tangle[],
  changed: ReadonlySet<number>,
): BrokenCycles {
  const isBuild = (node: number) => sources.srpmOf(order.ids[node]!) === undefined;
  // What is left of a component that a changed node has left may be tangled without that node.
  const doubtful = new Set(changed);
  for (const { component } of before) {
    if (component.some((node) => changed.has(node))) {
      for (const node of component) doubtful.add(node);
    }
  }
  const isDoubtful = (component: readonly number[]) => component.some((node) => doubtful.has(node));
  const found = cyclic(order.ids.length, (node) => order.rows[node]!.successors, doubtful)
    .filter((component) => isDoubtful(component) && component.some(isBuild))
    .map((component) => analyse(component, order, sources));
  const taken = new Set(found.flatMap(({ component }) => component));
  const same = before.filter(
    ({ component }) => !isDoubtful(component) && !component.some((node) => taken.has(node)),
  );
  const tangles = [...same, ...found].sort((a, b) => byCodeUnit(firstId(a, order), firstId(b, order)));
  return {
    tangles,
    cycles: tangles.flatMap(({ cycles }) => cycles),
    breaks: tangles.flatMap(({ breaks }) => breaks),
    dropped: tangles.flatMap(({ dropped }) => dropped),
  };
}

function firstId({ component }: Tangle, { ids }: BuildOrder): string {
  return component.map((node) => ids[node]!).sort()[0]!;
}

function cyclic(
  count: number,
  successors: (node: number) => readonly number[],
  starts?: Iterable<number>,
): readonly (readonly number[])[] {
  return stronglyConnectedComponents(count, successors, starts).filter(
    (component) => component.length > 1 || successors(component[0]!).includes(component[0]!),
  );
}

function analyse(component: readonly number[], order: BuildOrder, sources: Sources): Tangle {
  const untangled = untangle(component, sources.srpmOf, order, sources);
  const nodes = component.toSorted((a, b) => byCodeUnit(order.ids[a]!, order.ids[b]!));
  const left = leftEdges(nodes, order, untangled.instead, sources);
  const isBuild = (place: number) => sources.srpmOf(order.ids[nodes[place]!]!) === undefined;
  const cycles = cyclic(nodes.length, (place) => left[place]!.map(({ to }) => to))
    .filter((places) => places.some(isBuild))
    .map((places) => describeCycle(places, left, isBuild, (place) => order.ids[nodes[place]!]!));
  return { ...untangled, component, cycles: cycles.sort((a, b) => byCodeUnit(a.nodes[0]!, b.nodes[0]!)) };
}

/** The edges inside a component that were not cut. */
function leftEdges(
  nodes: readonly number[],
  { ids, rows }: BuildOrder,
  instead: ReadonlyMap<string, ReadonlyMap<string, Resolution>>,
  { srpmOf }: Sources,
): readonly (readonly LeftEdge[])[] {
  const places = new Map(nodes.map((node, place) => [node, place]));
  return nodes.map((node) => {
    const id = ids[node]!;
    const builtBy = srpmOf(id);
    const edges = new Map<number, string>();
    const add = (to: number, text: string): void => {
      const place = places.get(to);
      if (place !== undefined && !edges.has(place)) {
        edges.set(place, text);
      }
    };
    for (const to of rows[node]!.successors) {
      if (ids[to] === builtBy) {
        add(to, 'built by');
      }
    }
    const isLeft = ({ requirement }: OrderEdge) => instead.get(id)?.has(requirement.text) !== true;
    for (const edge of rows[node]!.edges.filter(isLeft)) {
      for (const to of edge.to) {
        add(to, edge.requirement.text);
      }
    }
    return [...edges].map(([to, text]) => ({ to, text }));
  });
}

function describeCycle(
  places: readonly number[],
  edges: readonly (readonly LeftEdge[])[],
  isBuild: (place: number) => boolean,
  idOf: (place: number) => string,
): DependencyCycle {
  const allowed = new Set(places);
  const next = edges.map((list) => list.map(({ to }) => to));
  const builds = places.filter(isBuild);
  let shortest: readonly number[] | undefined;
  for (const start of builds) {
    const cycle = shortestCycle(start, (place) => next[place]!, allowed, shortest?.length);
    shortest = cycle ?? shortest;
  }
  const path = shortest!;
  const textOf = (from: number, to: number) => edges[from]!.find((edge) => edge.to === to)!.text;
  return {
    nodes: path.map(idOf),
    edges: path.map((place, at) => textOf(place, path[(at + 1) % path.length]!)),
    componentSize: places.length,
    srpms: builds.map(idOf),
    cut: proposeCut(places, edges, isBuild, idOf),
  };
}

/** `a -> b -> a`, with the dependencies that lead on. */
export function formatCycle({ nodes, edges }: Pick<DependencyCycle, 'nodes' | 'edges'>): string {
  return nodes.map((id, at) => `${id} -(${edges[at]})-> `).join('') + nodes[0]!;
}
