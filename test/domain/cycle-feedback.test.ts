import { describe, expect, it } from 'vitest';
import { feedbackNodes } from '../../toolkit/domain/cycle-feedback.ts';
import { stronglyConnectedComponents } from '../../toolkit/domain/scc.ts';
import { randomNumbers } from './random.ts';

/** How many marked nodes are on cycles, without some nodes. */
function tangledCount(
  edges: readonly (readonly number[])[],
  marked: number,
  without: readonly number[],
): number {
  const next = (node: number) =>
    without.includes(node) ? [] : edges[node]!.filter((to) => !without.includes(to));
  return stronglyConnectedComponents(edges.length, next)
    .filter((one) => one.length > 1 || next(one[0]!).includes(one[0]!))
    .flat()
    .filter((node) => node < marked).length;
}

function choose(edges: readonly (readonly number[])[], marked = edges.length) {
  return feedbackNodes(
    edges.length,
    (node) => edges[node]!,
    (node) => node < marked,
  );
}

describe('feedbackNodes', () => {
  it('takes the hub of a wheel, which frees all', () => {
    expect(choose([[1, 2, 3], [0], [0], [0]])).toEqual([{ node: 0, frees: 4 }]);
  });

  it('takes one node of each of two rings, that of the larger first', () => {
    expect(choose([[1], [0], [3], [4], [2]])).toEqual([
      { node: 2, frees: 3 },
      { node: 0, frees: 2 },
    ]);
  });

  it('lets cycles of unmarked nodes be', () => {
    expect(choose([[1], [2], [1]], 1)).toEqual([]);
  });

  it('takes a ring of 500, and tangles of some and of many edges', () => {
    const ring = Array.from({ length: 500 }, (_, at) => [(at + 1) % 500]);
    expect(choose(ring)).toEqual([{ node: 0, frees: 500 }]);
    const random = randomNumbers(3);
    for (const [count, edges] of [
      [500, 2],
      [150, 40],
    ] as const) {
      const tangle = Array.from({ length: count }, () => Array.from({ length: edges }, () => random(count)));
      const chosen = choose(tangle).map(({ node }) => node);
      expect(tangledCount(tangle, count, chosen)).toBe(0);
    }
  });

  it('leaves no cycle, needs each node, counts right, and is close to the smallest on random graphs', () => {
    const random = randomNumbers(5);
    let extra = 0;
    for (let round = 0; round < 200; round += 1) {
      const count = 2 + random(6);
      const edges = Array.from({ length: count }, () =>
        Array.from({ length: random(4) }, () => random(count)),
      );
      const chosen = choose(edges);
      const nodes = chosen.map(({ node }) => node);
      expect(tangledCount(edges, count, nodes)).toBe(0);
      for (const [at, { frees }] of chosen.entries()) {
        const before = tangledCount(edges, count, nodes.slice(0, at));
        expect(frees).toBe(before - tangledCount(edges, count, nodes.slice(0, at + 1)));
        expect(
          tangledCount(
            edges,
            count,
            nodes.filter((_, other) => other !== at),
          ),
        ).toBeGreaterThan(0);
      }
      extra += nodes.length - smallest(edges);
    }
    expect(extra).toBeLessThan(10);
  });
});

function smallest(edges: readonly (readonly number[])[]): number {
  const count = edges.length;
  let least = count;
  for (let bits = 0; bits < 2 ** count; bits += 1) {
    const without = Array.from({ length: count }, (_, at) => at).filter((at) => (bits >> at) & 1);
    if (without.length < least && tangledCount(edges, count, without) === 0) {
      least = without.length;
    }
  }
  return least;
}
