/**
 * Strongly connected components of the graph with nodes 0..count-1 (Tarjan, without recursion), or of the part
 * of it that can be reached from `starts`. Components come in reverse topological order: what a component
 * leads to comes before it. Nodes of a component are sorted.
 */
export function stronglyConnectedComponents(
  count: number,
  successors: (node: number) => readonly number[],
  starts: Iterable<number> = numbers(count),
): readonly (readonly number[])[] {
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack: number[] = [];
  const components: number[][] = [];
  const path: number[] = [];
  const edges: (readonly number[])[] = [];
  const next: number[] = [];
  let entered = 0;
  const enter = (node: number): void => {
    index[node] = entered;
    low[node] = entered;
    entered += 1;
    stack.push(node);
    onStack[node] = 1;
    path.push(node);
    edges.push(successors(node));
    next.push(0);
  };
  for (const start of starts) {
    if (index[start] === -1) {
      enter(start);
    }
    while (path.length > 0) {
      const top = path.length - 1;
      const node = path[top]!;
      const to = edges[top]![next[top]!];
      if (to !== undefined) {
        next[top]! += 1;
        if (index[to] === -1) {
          enter(to);
        } else if (onStack[to] === 1 && index[to]! < low[node]!) {
          low[node] = index[to]!;
        }
        continue;
      }
      path.pop();
      edges.pop();
      next.pop();
      const parent = path[top - 1];
      if (parent !== undefined && low[node]! < low[parent]!) {
        low[parent] = low[node]!;
      }
      if (low[node] === index[node]) {
        components.push(popComponent(stack, onStack, node));
      }
    }
  }
  return components;
}

function* numbers(count: number): Generator<number> {
  for (let number = 0; number < count; number += 1) {
    yield number;
  }
}

function popComponent(stack: number[], onStack: Uint8Array, root: number): number[] {
  const component: number[] = [];
  for (;;) {
    const node = stack.pop()!;
    onStack[node] = 0;
    component.push(node);
    if (node === root) {
      return component.sort((a, b) => a - b);
    }
  }
}

/**
 * A shortest cycle through `start` that stays inside `allowed`, as its nodes in order (the first is not
 * repeated), or undefined. The first found in the order of `successors` among those of equal length. Only
 * cycles of less than `below` nodes are looked for.
 */
export function shortestCycle(
  start: number,
  successors: (node: number) => readonly number[],
  allowed: ReadonlySet<number>,
  below: number = Number.POSITIVE_INFINITY,
): readonly number[] | undefined {
  const previous = new Map<number, number>();
  let level = [start];
  for (let length = 1; level.length > 0 && length < below; length += 1) {
    const following: number[] = [];
    for (const node of level) {
      for (const to of successors(node)) {
        if (to === start) {
          return pathTo(node, start, previous);
        }
        if (allowed.has(to) && !previous.has(to)) {
          previous.set(to, node);
          following.push(to);
        }
      }
    }
    level = following;
  }
  return undefined;
}

function pathTo(end: number, start: number, previous: ReadonlyMap<number, number>): readonly number[] {
  const path = [end];
  for (let node = end; node !== start; ) {
    node = previous.get(node)!;
    path.push(node);
  }
  return path.reverse();
}
