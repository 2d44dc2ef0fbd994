import { describe, expect, it } from 'vitest';
import { shortestCycle, stronglyConnectedComponents } from '../../toolkit/domain/scc.ts';

function edges(list: readonly (readonly number[])[]) {
  return (node: number) => list[node]!;
}

describe('stronglyConnectedComponents', () => {
  it('puts what is reached before what reaches it', () => {
    expect(stronglyConnectedComponents(3, edges([[1], [2], []]))).toEqual([[2], [1], [0]]);
  });

  it('finds components that touch each other one way only', () => {
    const found = stronglyConnectedComponents(6, edges([[1], [2], [0, 3], [4], [3], [5]]));
    expect(found).toEqual([[3, 4], [0, 1, 2], [5]]);
  });

  it('takes a ring of 100,000 and a chain as long without a deep stack', () => {
    const count = 100_000;
    expect(stronglyConnectedComponents(count, (node) => [(node + 1) % count])).toHaveLength(1);
    expect(stronglyConnectedComponents(count, (node) => (node + 1 < count ? [node + 1] : []))).toHaveLength(
      count,
    );
  });

  it('agrees with mutual reachability on random graphs', () => {
    let seed = 7;
    const random = (limit: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % limit;
    };
    for (let round = 0; round < 200; round += 1) {
      const count = 1 + random(9);
      const list = Array.from({ length: count }, () =>
        Array.from({ length: random(3) }, () => random(count)),
      );
      const reach = list.map((_, from) => reachable(list, from));
      const component = new Map<number, number>();
      for (const [at, nodes] of stronglyConnectedComponents(count, edges(list)).entries()) {
        for (const node of nodes) component.set(node, at);
      }
      for (let a = 0; a < count; a += 1) {
        for (let b = 0; b < count; b += 1) {
          const mutual = reach[a]!.has(b) && reach[b]!.has(a);
          expect(component.get(a) === component.get(b)).toBe(mutual);
        }
      }
    }
  });
});

function reachable(list: readonly (readonly number[])[], from: number): ReadonlySet<number> {
  const found = new Set([from]);
  for (const node of found) for (const to of list[node]!) found.add(to);
  return found;
}

describe('shortestCycle', () => {
  it('takes the shorter of two ways round', () => {
    expect(shortestCycle(0, edges([[1, 2], [2], [0]]), new Set([0, 1, 2]))).toEqual([0, 2]);
  });

  it('knows a node that leads to itself', () => {
    expect(shortestCycle(0, edges([[0]]), new Set([0]))).toEqual([0]);
  });

  it('stays inside what is allowed', () => {
    expect(shortestCycle(0, edges([[1], [0]]), new Set([0]))).toBeUndefined();
  });
});
