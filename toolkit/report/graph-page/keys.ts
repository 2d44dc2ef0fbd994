import type { PageNode } from './data.ts';
import { BOX, type Layout } from './layout.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** Keys of the picture, by `KeyboardEvent.key`. */
export const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** The node that is next in a direction: near, and rather straight on than aside; undefined at the end. */
export function nodeTowards(layout: Layout, node: PageNode, direction: Direction): PageNode | undefined {
  const from = layout.nodes.get(node);
  if (from === undefined) return undefined;
  let best: { readonly node: PageNode; readonly cost: number } | undefined;
  for (const [other, at] of layout.nodes) {
    const dx = at.x - from.x;
    const dy = at.y - from.y;
    const along = { left: -dx, right: dx, up: -dy, down: dy }[direction];
    const isLevel = direction === 'left' || direction === 'right';
    const aside = Math.abs(isLevel ? dy : dx);
    // Up and down stay in the column; to the sides one gets from any row to any other.
    if (along < 1 || (!isLevel && aside > BOX.width)) continue;
    const cost = along + aside * 2.5;
    if (best === undefined || cost < best.cost) best = { node: other, cost };
  }
  return best?.node;
}
