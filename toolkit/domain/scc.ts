/**
 * Strongly connected components of the graph with nodes 0..count-1 (Tarjan, without recursion). Components
 * come in reverse topological order: what a component leads to comes before it. Nodes of a component are
 * sorted.
 */
export function stronglyConnectedComponents(
  count: number,
  successors: (node: number) => readonly number[],
): readonly (readonly number[])[] {
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack: number[] = [];
  const components: number[][] = [];
  let next = 0;
  for (let start = 0; start < count; start += 1) {
    if (index[start] !== -1) {
      continue;
    }
    const path: { node: number; edges: readonly number[]; at: number }[] = [];
    const enter = (node: number): void => {
      index[node] = next;
      low[node] = next;
      next += 1;
      stack.push(node);
      onStack[node] = 1;
      path.push({ node, edges: successors(node), at: 0 });
    };
    enter(start);
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { node } = frame;
      const to = frame.edges[frame.at];
      if (to !== undefined) {
        frame.at += 1;
        if (index[to] === -1) {
          enter(to);
        } else if (onStack[to] === 1) {
          low[node] = Math.min(low[node]!, index[to]!);
        }
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) {
        low[parent.node] = Math.min(low[parent.node]!, low[node]!);
      }
      if (low[node] === index[node]) {
        components.push(popComponent(stack, onStack, node));
      }
    }
  }
  return components;
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
 * repeated), or undefined. The first found in the order of `successors` among those of equal length.
 */
export function shortestCycle(
  start: number,
  successors: (node: number) => readonly number[],
  allowed: ReadonlySet<number>,
): readonly number[] | undefined {
  const previous = new Map<number, number>();
  let level = [start];
  while (level.length > 0) {
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
