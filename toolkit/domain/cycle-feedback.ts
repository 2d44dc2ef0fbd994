import { stronglyConnectedComponents } from './scc.ts';

/** A marked node without which fewer marked nodes are on cycles, and how many fewer. */
export interface Feedback {
  readonly node: number;
  readonly frees: number;
}

/** Edges looked at, at most, to compare nodes that look good; when they are used up, looks decide for several. */
const EDGES_TO_COMPARE = 4_000_000;
const MOST_COMPARED = 16;
const MOST_SORTED = 24;

type Successors = (node: number) => readonly number[];
type Component = readonly number[];

/**
 * Marked nodes of 0..count-1 without which no cycle goes through a marked node: a set from which none can be
 * left out, small but not always the smallest. Each frees as much as it does after those before it; of a short
 * list the first is the one that frees most.
 */
export function feedbackNodes(
  count: number,
  successors: Successors,
  isMarked: (node: number) => boolean,
): readonly Feedback[] {
  const graph = { count, successors, isMarked };
  const gone = new Set<number>();
  let edgesLeft = EDGES_TO_COMPARE;
  for (let left = tangles(graph, gone); left.length > 0; left = tangles(graph, gone)) {
    const largest = left.reduce((a, b) => (b.length > a.length ? b : a));
    const { nodes, edges } = byWays(graph, largest);
    if (edgesLeft <= 0) {
      for (const node of nodes.slice(0, Math.ceil(nodes.length / 50))) {
        gone.add(node);
      }
      continue;
    }
    const compared = nodes.slice(0, MOST_COMPARED);
    edgesLeft -= edges * compared.length;
    gone.add(least(compared, (node) => markedCount(graph, tangles(graph, new Set(gone).add(node)))));
  }
  for (const node of [...gone].reverse()) {
    gone.delete(node);
    if (isOnCycle(graph, node, gone)) {
      gone.add(node);
    }
  }
  return inOrder(
    graph,
    [...gone].sort((a, b) => a - b),
  );
}

interface MarkedGraph {
  readonly count: number;
  readonly successors: Successors;
  readonly isMarked: (node: number) => boolean;
}

/** Components with a cycle through a marked node, where some nodes are gone. */
function tangles(
  { count, successors, isMarked }: MarkedGraph,
  gone: ReadonlySet<number>,
): readonly Component[] {
  const next: Successors = (node) => (gone.has(node) ? [] : successors(node));
  return stronglyConnectedComponents(count, next).filter(
    (component) =>
      (component.length > 1 || next(component[0]!).includes(component[0]!)) && component.some(isMarked),
  );
}

function markedCount({ isMarked }: MarkedGraph, components: readonly Component[]): number {
  return components.reduce((sum, component) => sum + component.filter(isMarked).length, 0);
}

/** The marked nodes of a component, first the one with the most ways through it. */
function byWays({ successors, isMarked }: MarkedGraph, component: Component) {
  const members = new Set(component);
  const into = new Map<number, number>();
  const inside = component.map((node) => successors(node).filter((to) => members.has(to)));
  const add = (node: number, ways: number) => into.set(node, (into.get(node) ?? 0) + ways);
  for (const targets of inside) {
    for (const to of targets) {
      add(to, 1);
    }
  }
  // Whoever leads to an unmarked node with only a marked one behind it leads to that one.
  for (const [at, node] of component.entries()) {
    const behind = isMarked(node) ? undefined : inside[at]!.find(isMarked);
    if (behind !== undefined) {
      add(behind, into.get(node) ?? 0);
    }
  }
  const ways = new Map(component.map((node, at) => [node, (into.get(node) ?? 0) * inside[at]!.length]));
  return {
    nodes: component.filter(isMarked).sort((a, b) => ways.get(b)! - ways.get(a)! || a - b),
    edges: inside.reduce((sum, targets) => sum + targets.length, 0),
  };
}

function isOnCycle({ successors }: MarkedGraph, start: number, gone: ReadonlySet<number>): boolean {
  const seen = new Set(successors(start));
  for (const node of seen) {
    if (node === start) {
      return true;
    }
    for (const to of gone.has(node) ? [] : successors(node)) {
      seen.add(to);
    }
  }
  return false;
}

function inOrder(graph: MarkedGraph, nodes: readonly number[]): readonly Feedback[] {
  const left = nodes.slice();
  const gone = new Set<number>();
  const found: Feedback[] = [];
  for (let before = markedCount(graph, tangles(graph, gone)); left.length > 0; ) {
    const compared = nodes.length > MOST_SORTED ? left.slice(0, 1) : left;
    const node = least(compared, (one) => markedCount(graph, tangles(graph, new Set(gone).add(one))));
    left.splice(left.indexOf(node), 1);
    gone.add(node);
    const after = markedCount(graph, tangles(graph, gone));
    found.push({ node, frees: before - after });
    before = after;
  }
  return found;
}

/** The first of those with the least value; the value of one alone is not asked for. */
function least(nodes: readonly number[], measure: (node: number) => number): number {
  if (nodes.length === 1) {
    return nodes[0]!;
  }
  const values = nodes.map(measure);
  return nodes[values.indexOf(Math.min(...values))]!;
}
