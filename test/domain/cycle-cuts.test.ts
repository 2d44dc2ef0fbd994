import { describe, expect, it } from 'vitest';
import { chooseCuts, type TangledGraph } from '../../toolkit/domain/cycle-cuts.ts';
import { stronglyConnectedComponents } from '../../toolkit/domain/scc.ts';
import { randomNumbers } from './random.ts';

interface Parts {
  readonly count: number;
  readonly marked: readonly number[];
  readonly fixed?: readonly (readonly [number, number])[];
  readonly cuttable: readonly (readonly [from: number, to: number, cost?: number])[];
}

function tangled({ count, marked, fixed = [], cuttable }: Parts): TangledGraph {
  return {
    count,
    isMarked: (node) => marked.includes(node),
    fixed: (node) => fixed.flatMap(([from, to]) => (from === node ? to : [])),
    cuttable: cuttable.map(([from, to, cost = 1]) => ({ from, to: [to], cost })),
  };
}

/** Whether a bad cycle is left, apart from edges inside the components that fixed edges alone tangle. */
function isTangled(graph: TangledGraph, cuts: ReadonlySet<number>): boolean {
  const isBad = (component: readonly number[], next: (node: number) => readonly number[]) =>
    component.some(graph.isMarked) && (component.length > 1 || next(component[0]!).includes(component[0]!));
  const hard = stronglyConnectedComponents(graph.count, graph.fixed).filter((one) => isBad(one, graph.fixed));
  const left = (node: number) => [
    ...graph.fixed(node),
    ...graph.cuttable.flatMap(({ from, to }, at) => (from === node && !cuts.has(at) ? to : [])),
  ];
  return stronglyConnectedComponents(graph.count, left)
    .filter((one) => isBad(one, left))
    .some((one) => !hard.some((known) => known.join() === one.join()));
}

function costOf(graph: TangledGraph, cuts: Iterable<number>): number {
  return [...cuts].reduce((sum, at) => sum + graph.cuttable[at]!.cost, 0);
}

function* subsets(count: number): Generator<ReadonlySet<number>> {
  for (let bits = 0; bits < 2 ** count; bits += 1) {
    yield new Set(Array.from({ length: count }, (_, at) => at).filter((at) => (bits >> at) & 1));
  }
}

function randomGraph(random: (limit: number) => number): TangledGraph {
  const count = 2 + random(5);
  const edge = () => [random(count), random(count)] as const;
  const fixed = Array.from({ length: random(5) }, edge);
  const cuttable = Array.from({ length: random(9) }, () => [...edge(), random(3)] as const);
  const marked = Array.from({ length: 1 + random(count) }, () => random(count));
  return tangled({ count, marked, fixed, cuttable });
}

describe('chooseCuts', () => {
  it('cuts nothing where no cycle goes through a marked node', () => {
    const graph = tangled({
      count: 3,
      marked: [2],
      cuttable: [
        [0, 1],
        [1, 0],
        [2, 0],
      ],
    });
    expect([...chooseCuts(graph)]).toEqual([]);
  });

  it('cuts the one edge that many cycles share', () => {
    const spokes = [1, 2, 3].flatMap(
      (node) =>
        [
          [0, node],
          [node, 4],
        ] as const,
    );
    const graph = tangled({ count: 5, marked: [0], fixed: spokes, cuttable: [[4, 0]] });
    expect([...chooseCuts(graph)]).toEqual([0]);
  });

  it('leaves a cycle of fixed edges, and what lies within it, alone', () => {
    const graph = tangled({
      count: 2,
      marked: [0],
      fixed: [
        [0, 1],
        [1, 0],
      ],
      cuttable: [[0, 1]],
    });
    expect([...chooseCuts(graph)]).toEqual([]);
  });

  it('cuts what costs nothing first, however much of it there is', () => {
    const free = [1, 2, 3].map((node) => [node, 0, 0] as const);
    const paid = [1, 2, 3].map((node) => [0, node] as const);
    const graph = tangled({ count: 4, marked: [0], cuttable: [...paid, ...free] });
    expect([...chooseCuts(graph)]).toEqual([3, 4, 5]);
  });

  it('breaks every cycle that can be broken, needs each cut, and cuts free edges before any other', () => {
    const random = randomNumbers(11);
    let best = 0;
    const rounds = 300;
    for (let round = 0; round < rounds; round += 1) {
      const graph = randomGraph(random);
      const cuts = chooseCuts(graph);
      expect(isTangled(graph, cuts)).toBe(false);
      for (const cut of cuts) {
        const fewer = new Set([...cuts].filter((other) => other !== cut));
        expect(graph.cuttable[cut]!.cost === 0 || isTangled(graph, fewer)).toBe(true);
      }
      const costs = [...subsets(graph.cuttable.length)]
        .filter((subset) => !isTangled(graph, subset))
        .map((subset) => costOf(graph, subset));
      const least = Math.min(...costs);
      expect(costOf(graph, cuts) > 0).toBe(least > 0);
      best += Number(costOf(graph, cuts) === least);
    }
    expect(best / rounds).toBeGreaterThan(0.9);
  });
});
