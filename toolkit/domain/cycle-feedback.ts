import { stronglyConnectedComponents } from './scc.ts';

/** A marked node without which fewer marked nodes are on cycles, and how many fewer. */
export interface Feedback {
  readonly node: number;
  readonly frees: number;
}

/** Edges looked at, at most, to choose one node among several that look good. */
const EDGES_FOR_A_CHOICE = 60_000;
const MOST_CHOICES = 16;
const MOST_SORTED = 24;

/**
 * Marked nodes (0..count-1, one is on every cycle that counts) without which no cycle goes through a marked
 * node: a set from which none can be left out, small but not always the smallest. First the one that frees
 * most, counted with those before it already gone.
 */
export function feedbackNodes(
  count: number,
  successors: (node: number) => readonly number[],
  isMarked: (node: number) => boolean,
): readonly Feedback[] {
  const chosen: number[] = [];
  for (let tangled = tangles(); tangled.length > 0; tangled = tangles()) {
    chosen.push(bestOf(tangled));
  }
  for (const node of chosen.toReversed()) {
    const rest = chosen.filter((other) => other !== node);
    if (tangles(rest).length === 0) {
      chosen.splice(chosen.indexOf(node), 1);
    }
  }
  return inOrder(chosen);

  /** Each with what it frees after those before it: of a short list the one first that frees most. */
  function inOrder(nodes: readonly number[]): readonly Feedback[] {
    const left = nodes.slice();
    const gone: number[] = [];
    const found: Feedback[] = [];
    for (let before = marked(tangles([])); left.length > 0; ) {
      const after = left
        .slice(0, left.length > MOST_SORTED ? 1 : undefined)
        .map((node) => marked(tangles([...gone, node])));
      const at = after.indexOf(Math.min(...after));
      const [node] = left.splice(at, 1);
      gone.push(node!);
      found.push({ node: node!, frees: before - after[at]! });
      before = after[at]!;
    }
    return found;
  }

  /** Components with a cycle through a marked node, without some nodes. */
  function tangles(without: readonly number[] = chosen): readonly (readonly number[])[] {
    const gone = new Set(without);
    const next = (node: number) =>
      gone.has(node)
        ? []
        : gone.size === 0
          ? successors(node)
          : successors(node).filter((to) => !gone.has(to));
    return stronglyConnectedComponents(count, next).filter(
      (component) =>
        component.some(isMarked) && (component.length > 1 || next(component[0]!).includes(component[0]!)),
    );
  }

  function marked(components: readonly (readonly number[])[]): number {
    return components.reduce((sum, component) => sum + component.filter(isMarked).length, 0);
  }

  /** The node that frees most of those with the most ways through them. */
  function bestOf(components: readonly (readonly number[])[]): number {
    const largest = components.reduce((a, b) => (marked([b]) > marked([a]) ? b : a));
    const members = new Set(largest);
    const into = new Map<number, number>();
    let edges = 0;
    for (const node of largest) {
      for (const to of successors(node)) {
        if (members.has(to)) {
          edges += 1;
          into.set(to, (into.get(to) ?? 0) + 1);
        }
      }
    }
    const ways = (node: number): number =>
      waysInto(node) * successors(node).filter((to) => members.has(to)).length;
    const waysInto = (node: number): number => {
      let sum = into.get(node) ?? 0;
      for (const holder of holders.get(node) ?? []) {
        sum += into.get(holder) ?? 0;
      }
      return sum;
    };
    const holders = Map.groupBy(
      largest.filter((node) => !isMarked(node)),
      (node) => successors(node).find((to) => isMarked(to) && members.has(to)) ?? -1,
    );
    const scored = largest
      .filter(isMarked)
      .map((node) => ({ node, score: ways(node) }))
      .sort((a, b) => b.score - a.score || a.node - b.node);
    const choices = Math.max(2, Math.min(MOST_CHOICES, Math.floor(EDGES_FOR_A_CHOICE / edges)));
    let best = scored[0]!.node;
    let least = Number.POSITIVE_INFINITY;
    for (const { node } of scored.slice(0, choices)) {
      const left = marked(tangles([...chosen, node]));
      if (left < least) {
        least = left;
        best = node;
      }
    }
    return best;
  }
}
