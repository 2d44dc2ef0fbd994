import type { Point } from './layout.ts';

/** What part of the picture is seen: the point in the middle, and pixels for each unit. */
interface Sight extends Point {
  readonly scale: number;
}

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Camera {
  /**
   * Shows the whole of a rectangle, but nothing larger than life. What would come out smaller than `least`
   * is shown in part, around `middle`.
   */
  fit(area: Area, least: number, middle: Point | undefined): void;
  /** Moves so that a point with some room around it is seen, no further than it must. */
  reveal(point: Point): void;
  zoom(factor: number): void;
}

const LEAST = 0.05;
const MOST = 2.5;

/** Lets `picture` be moved inside `frame` with pointer, fingers and wheel. */
export function createCamera(frame: SVGSVGElement, picture: SVGGElement): Camera {
  let sight: Sight = { x: 0, y: 0, scale: 1 };
  const size = () => ({ width: frame.clientWidth || 1, height: frame.clientHeight || 1 });
  const look = (next: Sight): void => {
    sight = { ...next, scale: Math.min(MOST, Math.max(LEAST, next.scale)) };
    const { width, height } = size();
    const { x, y, scale } = sight;
    picture.setAttribute(
      'transform',
      `translate(${width / 2 - x * scale} ${height / 2 - y * scale}) scale(${scale})`,
    );
  };
  const zoomAt = (factor: number, clientX: number, clientY: number): void => {
    const box = frame.getBoundingClientRect();
    const dx = clientX - box.left - box.width / 2;
    const dy = clientY - box.top - box.height / 2;
    const scale = Math.min(MOST, Math.max(LEAST, sight.scale * factor));
    const shift = 1 / sight.scale - 1 / scale;
    look({ x: sight.x + dx * shift, y: sight.y + dy * shift, scale });
  };
  followPointers(
    frame,
    (dx, dy) => look({ ...sight, x: sight.x - dx / sight.scale, y: sight.y - dy / sight.scale }),
    zoomAt,
  );
  new ResizeObserver(() => look(sight)).observe(frame);
  return {
    fit({ left, top, right, bottom }, least, middle) {
      const { width, height } = size();
      const scale = Math.min(1, width / (right - left), height / (bottom - top));
      if (scale < least && middle !== undefined) look({ ...middle, scale: least });
      else look({ x: (left + right) / 2, y: (top + bottom) / 2, scale });
    },
    reveal({ x, y }) {
      const { width, height } = size();
      const room = { x: width / 2 / sight.scale - 130, y: height / 2 / sight.scale - 50 };
      const near = (from: number, to: number, most: number) =>
        most <= 0 ? to : Math.min(Math.max(from, to - most), to + most);
      look({ ...sight, x: near(sight.x, x, room.x), y: near(sight.y, y, room.y) });
    },
    zoom(factor) {
      const box = frame.getBoundingClientRect();
      zoomAt(factor, box.left + box.width / 2, box.top + box.height / 2);
    },
  };
}

function followPointers(
  frame: SVGSVGElement,
  move: (dx: number, dy: number) => void,
  zoomAt: (factor: number, x: number, y: number) => void,
): void {
  const down = new Map<number, Point>();
  frame.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Element && event.target.closest('[role=button]') !== null) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) move(now.x - before.x, now.y - before.y);
    else {
      const factor = distance(now, other) / Math.max(1, distance(before, other));
      zoomAt(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
    }
    down.set(event.pointerId, now);
  });
  for (const name of ['pointerup', 'pointercancel'] as const) {
    frame.addEventListener(name, (event) => down.delete(event.pointerId));
  }
  frame.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (event.ctrlKey || event.metaKey || !event.shiftKey) {
        zoomAt(Math.exp((-event.deltaY * lines) / 500), event.clientX, event.clientY);
      } else move(-(event.deltaX || event.deltaY) * lines, 0);
    },
    { passive: false },
  );
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
