import type { Link, PageNode } from './data.ts';
import { neighbours, type View } from './view.ts';

/** A node and what was opened from it, as a tree with two sides. */
export interface Twig {
  readonly node: PageNode;
  readonly needs: Twig[];
  readonly users: Twig[];
  /** How many neighbours more there are beside it than are shown; 0: all are, or the side is closed. */
  readonly hidden: { needs: number; users: number };
}

/** What is to be drawn. */
export interface Scene {
  readonly roots: readonly Twig[];
  readonly twigs: ReadonlyMap<PageNode, Twig>;
  /** Every dependency between nodes that are drawn. */
  readonly links: readonly Link[];
  /** Those that make up the highlighted cycle. */
  readonly cycle: ReadonlySet<Link>;
}

/** Finds out what a view shows. Every node is drawn once, where it was first opened from. */
export function sceneOf(view: View, cycleNodes: readonly PageNode[]): Scene {
  const twigs = new Map<PageNode, Twig>();
  const add = (node: PageNode): Twig => {
    const twig: Twig = { node, needs: [], users: [], hidden: { needs: 0, users: 0 } };
    twigs.set(node, twig);
    return twig;
  };
  const roots = [...new Set(view.roots)].map(add);
  // What is opened from a node that is not drawn itself waits until it is; else it is not drawn.
  let waiting = view.opened;
  for (let before = -1; waiting.length !== before; ) {
    before = waiting.length;
    waiting = waiting.filter(({ node, side, limit, picked }) => {
      const twig = twigs.get(node);
      if (twig === undefined) return true;
      const all = neighbours(node, side);
      const shown = new Set([...all.slice(0, limit), ...picked]);
      for (const other of shown) if (!twigs.has(other)) twig[side].push(add(other));
      twig.hidden[side] = all.filter((other) => !shown.has(other) && !twigs.has(other)).length;
      return false;
    });
  }
  const links = [...twigs.keys()].flatMap(({ needs }) => needs.filter(({ to }) => twigs.has(to)));
  const next = new Map(cycleNodes.map((node, at) => [node, cycleNodes[(at + 1) % cycleNodes.length]!]));
  const cycle = new Set(links.filter(({ from, to }) => next.get(from) === to));
  return { roots, twigs, links, cycle };
}
