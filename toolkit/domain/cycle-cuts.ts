import { stronglyConnectedComponents } from './scc.ts';

/** Edges that can be taken away together. */
export interface CuttableEdges {
  readonly from: number;
  readonly to: readonly number[];
  /** What cutting them costs. Those that cost nothing are cut wherever that spares any other. */
  readonly cost: number;
}

/**
 * Nodes 0..count-1. A cycle is bad if it goes through a marked node. (Marked are the builds: packages that
 * need each other are installed together.)
 */
export interface TangledGraph {
  readonly count: number;
  readonly isMarked: (node: number) => boolean;
  /** Edges that nothing can be done about. */
  readonly fixed: (node: number) => readonly number[];
  readonly cuttable: readonly CuttableEdges[];
}

/**
 * Which of the cuttable edges to cut, as indices, so that the only bad cycles left are those of fixed edges:
 * a set from which none can be left out, small but not always the smallest. Nodes are put in an order that
 * respects the fixed edges, next the one for which the least has to be cut; what goes against that order is
 * a candidate. Ties are decided by index: number nodes and edges in an order that means something.
 */
export function chooseCuts(graph: TangledGraph): ReadonlySet<number> {
  const contracted = contract(graph);
  const { of, isHard, isMarked } = contracted;
  const cuts = new Set<number>();
  const edges = graph.cuttable.map(({ from, to, cost }, index) => {
    const start = of[from]!;
    const targets = [...new Set(to.map((node) => of[node]!))];
    const isInside = targets.includes(start) && isMarked[start]!;
    if (isInside && (cost === 0 || !isHard[start])) {
      cuts.add(index);
    }
    return { index, from: start, to: targets.filter((target) => target !== start), cost };
  });
  const rank = buildOrder(contracted, edges);
  const kept = new Reachability(contracted);
  const agrees = ({ from, to }: Edge) => to.every((target) => rank[target]! < rank[from]!);
  const paid = edges.filter(({ cost, index }) => cost > 0 && !cuts.has(index));
  for (const edge of paid.filter(agrees)) {
    kept.add(edge);
  }
  const doubtful = [
    ...paid.filter((edge) => !agrees(edge)).sort((a, b) => b.cost - a.cost),
    ...edges.filter(({ cost, index }) => cost === 0 && !cuts.has(index)),
  ];
  for (const edge of doubtful) {
    if (kept.wouldClose(edge)) {
      cuts.add(edge.index);
    } else {
      kept.add(edge);
    }
  }
  return cuts;
}

interface Edge {
  readonly index: number;
  readonly from: number;
  readonly to: readonly number[];
  readonly cost: number;
}

/** The components of the fixed edges, as nodes. */
interface Contracted {
  readonly count: number;
  /** Component of a node. */
  readonly of: Int32Array;
  readonly isMarked: readonly boolean[];
  /** Whether it has a bad cycle in itself. */
  readonly isHard: readonly boolean[];
  readonly next: readonly (readonly number[])[];
}

function contract({ count, fixed, isMarked }: TangledGraph): Contracted {
  const components = stronglyConnectedComponents(count, fixed);
  const of = new Int32Array(count);
  for (const [at, component] of components.entries()) {
    for (const node of component) {
      of[node] = at;
    }
  }
  return {
    count: components.length,
    of,
    isMarked: components.map((component) => component.some(isMarked)),
    isHard: components.map(
      (component) =>
        component.some(isMarked) && (component.length > 1 || fixed(component[0]!).includes(component[0]!)),
    ),
    next: components.map((component, at) =>
      [...new Set(component.flatMap((node) => fixed(node).map((to) => of[to]!)))].filter((to) => to !== at),
    ),
  };
}

/** The place of each component: after all that its fixed edges lead to, and after as much else as can be. */
function buildOrder({ count, next }: Contracted, edges: readonly Edge[]): Int32Array {
  const rank = new Int32Array(count).fill(-1);
  const waiting = next.map((targets) => targets.length);
  const cost = new Float64Array(count);
  const dependents: number[][] = Array.from({ length: count }, () => []);
  const wanting: Edge[][] = Array.from({ length: count }, () => []);
  for (const [node, targets] of next.entries()) {
    for (const target of targets) {
      dependents[target]!.push(node);
    }
  }
  for (const edge of edges) {
    for (const target of edge.to) {
      cost[edge.from]! += edge.cost;
      wanting[target]!.push(edge);
    }
  }
  const ready = new Set<number>();
  for (let node = 0; node < count; node += 1) {
    if (waiting[node] === 0) {
      ready.add(node);
    }
  }
  for (let place = 0; place < count; place += 1) {
    let best = -1;
    for (const node of ready) {
      if (best < 0 || isSooner(node, best)) {
        best = node;
        if (cost[node] === 0) {
          break;
        }
      }
    }
    ready.delete(best);
    rank[best] = place;
    for (const edge of wanting[best]!) {
      cost[edge.from]! -= edge.cost;
    }
    for (const node of dependents[best]!) {
      waiting[node]! -= 1;
      if (waiting[node] === 0) {
        ready.add(node);
      }
    }
  }
  return rank;

  function isSooner(a: number, b: number): boolean {
    const difference = cost[a]! - cost[b]! || wanting[b]!.length - wanting[a]!.length || a - b;
    return difference < 0;
  }
}

/** A graph that edges are added to, and what can be reached in it. */
class Reachability {
  readonly #next: number[][];
  readonly #previous: number[][];
  readonly #isMarked: readonly boolean[];
  /** By component: the number of the last search that came by, forwards and backwards. */
  readonly #ahead: Int32Array;
  readonly #behind: Int32Array;
  #search = 0;

  constructor({ count, next, isMarked }: Contracted) {
    this.#next = next.map((targets) => targets.slice());
    this.#previous = Array.from({ length: count }, () => []);
    this.#isMarked = isMarked;
    this.#ahead = new Int32Array(count);
    this.#behind = new Int32Array(count);
    for (const [from, targets] of next.entries()) {
      for (const to of targets) {
        this.#previous[to]!.push(from);
      }
    }
  }

  add({ from, to }: Edge): void {
    for (const target of to) {
      this.#next[from]!.push(target);
      this.#previous[target]!.push(from);
    }
  }

  /** Whether an edge more would make a cycle through a marked component. */
  wouldClose({ from, to }: Edge): boolean {
    this.#search += 1;
    const reached = this.#reach(this.#next, this.#ahead, to);
    if (this.#ahead[from] !== this.#search) {
      return false;
    }
    if (this.#isMarked[from]) {
      return true;
    }
    this.#reach(this.#previous, this.#behind, [from]);
    return reached.some((node) => this.#isMarked[node] && this.#behind[node] === this.#search);
  }

  #reach(next: readonly (readonly number[])[], seen: Int32Array, from: readonly number[]): readonly number[] {
    const reached: number[] = [];
    const visit = (node: number): void => {
      if (seen[node] !== this.#search) {
        seen[node] = this.#search;
        reached.push(node);
      }
    };
    from.forEach(visit);
    for (let at = 0; at < reached.length; at += 1) {
      next[reached[at]!]!.forEach(visit);
    }
    return reached;
  }
}
