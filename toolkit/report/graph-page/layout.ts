import type { PageNode } from './data.ts';
import type { Scene, Twig } from './scene.ts';
import type { Side } from './view.ts';

/** The middle of something that is drawn. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How a cycle is laid out: as the frame is. */
export type RingShape = 'wide' | 'tall';

export interface Layout {
  readonly nodes: ReadonlyMap<PageNode, Point>;
  /** Where the rest of a side can be opened. */
  readonly more: readonly {
    readonly node: PageNode;
    readonly side: Side;
    readonly at: Point;
    readonly count: number;
  }[];
}

export const BOX = { width: 200, height: 40 } as const;
const COLUMN = BOX.width + 90;
const ROW = BOX.height + 14;

interface Placed {
  x: number;
  y: number;
  readonly put: (at: Point) => void;
}

/**
 * Places what is drawn: roots in the middle (a cycle as a ring), what is opened from each in columns beside
 * it: needs to the right, users to the left. Nothing lies on anything else.
 */
export function layOut({ roots }: Scene, shape: RingShape | undefined): Layout {
  const nodes = new Map<PageNode, Point>();
  const more: { node: PageNode; side: Side; at: Point; count: number }[] = [];
  const core = shape === undefined ? stack(roots) : ring(roots.length, shape);
  const edge = {
    needs: Math.max(0, ...core.map(({ x }) => x)),
    users: Math.min(0, ...core.map(({ x }) => x)),
  };
  const placed: Placed[] = [];
  const place = (twig: Twig, side: Side, from: Point): void => {
    const x = from.x + (side === 'needs' ? COLUMN : -COLUMN);
    let top = from.y - (rowsOf(twig, side) * ROW) / 2;
    for (const child of twig[side]) {
      const height = bandOf(child) * ROW;
      const at = { x, y: top + height / 2 };
      placed.push({ ...at, put: (point) => nodes.set(child.node, point) });
      place(child, 'needs', at);
      place(child, 'users', at);
      top += height;
    }
    const count = twig.hidden[side];
    if (count > 0) {
      placed.push({ x, y: top + ROW / 2, put: (at) => more.push({ node: twig.node, side, at, count }) });
    }
  };
  for (const [at, root] of roots.entries()) {
    const { x, y } = core[at]!;
    placed.push({ x, y, put: (point) => nodes.set(root.node, point) });
    place(root, 'needs', { x: edge.needs, y });
    place(root, 'users', { x: edge.users, y });
  }
  spread(shape !== undefined ? placed.filter(({ x }) => x > edge.needs || x < edge.users) : placed);
  for (const { x, y, put } of placed) put({ x, y });
  return { nodes, more };
}

/** Rows that one side of a twig takes. */
function rowsOf(twig: Twig, side: Side): number {
  const own = twig[side].reduce((sum, child) => sum + bandOf(child), 0);
  return own + (twig.hidden[side] > 0 ? 1 : 0);
}

function bandOf(twig: Twig): number {
  return Math.max(1, rowsOf(twig, 'needs'), rowsOf(twig, 'users'));
}

function stack(roots: readonly Twig[]): readonly Point[] {
  let y = 0;
  return roots.map((root) => {
    const height = bandOf(root) * ROW;
    y += height;
    return { x: 0, y: y - height / 2 };
  });
}

/** On an ellipse, clockwise from the top, as large as it takes for all to have room. */
function ring(count: number, shape: RingShape): readonly Point[] {
  const [across, up] =
    shape === 'wide' ? [BOX.width * 0.9, BOX.height * 2.6] : [BOX.width * 0.62, BOX.height * 3.4];
  for (let size = 1; ; size *= 1.1) {
    const points = Array.from({ length: count }, (_, at) => {
      const angle = (2 * Math.PI * at) / count - Math.PI / 2;
      return { x: Math.cos(angle) * across * size, y: Math.sin(angle) * up * size };
    });
    const hasRoom = (a: Point, b: Point) =>
      Math.abs(a.x - b.x) > BOX.width + 24 || Math.abs(a.y - b.y) >= ROW;
    if (points.every((one, at) => points.slice(at + 1).every((other) => hasRoom(one, other)))) return points;
  }
}

/** Moves what overlaps in a column apart, up and down alike. */
function spread(placed: readonly Placed[]): void {
  for (const column of Map.groupBy(placed, ({ x }) => Math.round(x)).values()) {
    column.sort((a, b) => a.y - b.y);
    const before = column.reduce((sum, { y }) => sum + y, 0);
    for (let at = 1; at < column.length; at += 1) {
      column[at]!.y = Math.max(column[at]!.y, column[at - 1]!.y + ROW);
    }
    const shift = (before - column.reduce((sum, { y }) => sum + y, 0)) / column.length;
    for (const one of column) one.y += shift;
  }
}
