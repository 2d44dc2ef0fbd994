import { BOX, type Point } from './layout.ts';

/** Room for the handle at the side of a box. */
const SIDE = BOX.width / 2 + 12;

/**
 * A curve from one box to another: from the right of one to the left of the other, back the other way round,
 * and beside the column where one is above the other.
 */
export function edgePath(from: Point, to: Point): string {
  if (from.x === to.x && from.y === to.y) return selfLoop(from);
  if (Math.abs(to.x - from.x) <= BOX.width) {
    const start = { x: from.x + SIDE, y: from.y + Math.sign(to.y - from.y) * 6 };
    const end = { x: to.x + SIDE + 2, y: to.y - Math.sign(to.y - from.y) * 6 };
    const out = Math.max(start.x, end.x) + Math.min(60, 22 + Math.abs(to.y - from.y) * 0.12);
    return curve(start, { x: out, y: start.y }, { x: out, y: end.y }, end);
  }
  const way = Math.sign(to.x - from.x);
  const start = { x: from.x + way * SIDE, y: from.y };
  const end = { x: to.x - way * (SIDE + 2), y: to.y };
  const bend = Math.max(30, Math.abs(end.x - start.x) / 2) * way;
  return curve(start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end);
}

function curve(start: Point, first: Point, second: Point, end: Point): string {
  return `M${start.x} ${start.y}C${first.x} ${first.y} ${second.x} ${second.y} ${end.x} ${end.y}`;
}

/** One piece of a ring: from box to box at their nearest edges, bent a little outwards. */
export function ringPath(from: Point, to: Point): string {
  if (from.x === to.x && from.y === to.y) return selfLoop(from);
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const bulge = Math.min(60, 20 + Math.hypot(dx, dy) * 0.12) / Math.hypot(dx, dy);
  const middle = { x: from.x + dx / 2 + dy * bulge, y: from.y + dy / 2 - dx * bulge };
  const start = onEdge(from, middle, 0);
  const end = onEdge(to, middle, 3);
  return `M${start.x} ${start.y}Q${middle.x} ${middle.y} ${end.x} ${end.y}`;
}

/** Where the line from the middle of a box to a point leaves the box, `gap` further out. */
function onEdge(box: Point, towards: Point, gap: number): Point {
  const dx = towards.x - box.x;
  const dy = towards.y - box.y;
  const part = Math.min(
    1,
    Math.min((BOX.width / 2 + gap) / Math.abs(dx || 1e-9), (BOX.height / 2 + gap) / Math.abs(dy || 1e-9)),
  );
  return { x: box.x + dx * part, y: box.y + dy * part };
}

function selfLoop({ x, y }: Point): string {
  const top = y - BOX.height / 2;
  return `M${x - 20} ${top}C${x - 40} ${top - 40} ${x + 40} ${top - 40} ${x + 20} ${top - 3}`;
}
