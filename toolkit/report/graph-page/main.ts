import { createCamera } from './camera.ts';
import { type PageData, type PageNode, readPageData, type State } from './data.ts';
import { byId } from './dom.ts';
import { drawScene } from './draw.ts';
import { ARROWS, nodeTowards } from './keys.ts';
import { BOX, type Layout, layOut } from './layout.ts';
import { nodePanel, overviewPanel, type PanelActions } from './panel.ts';
import { sceneOf } from './scene.ts';
import { createSearch } from './suggest.ts';
import {
  close,
  emptyView,
  openedAt,
  openMore,
  pick,
  readFragment,
  type Side,
  type View,
  viewOfCycle,
  viewOfNode,
  writeFragment,
} from './view.ts';

const graph = readPageData(JSON.parse(byId('data', HTMLScriptElement).textContent) as PageData);
const frame = byId('frame', SVGSVGElement);
const picture = byId('picture', SVGGElement);
const panel = byId('panel', HTMLElement);
const search = byId('search', HTMLInputElement);
const camera = createCamera(frame, picture);

let view: View = emptyView;
let listed: State | undefined;
let layout: Layout = { nodes: new Map(), more: [] };
let boxes: ReadonlyMap<PageNode, SVGGElement> = new Map();

/** How a new view is looked at: as a whole, or from where one stands. */
type Look = 'fit' | 'follow';

function render(look: Look, takeFocus: boolean): void {
  const cycle = view.cycle === undefined ? [] : graph.cycles[view.cycle]!.nodes;
  const before = layout.nodes;
  const scene = sceneOf(view, cycle);
  const isTall = frame.clientHeight > frame.clientWidth;
  layout = layOut(scene, view.cycle === undefined ? undefined : isTall ? 'tall' : 'wide');
  boxes = drawScene(picture, { view, scene, layout }, { select, toggle, more });
  document.body.classList.toggle('empty', layout.nodes.size === 0);
  const selected = view.selected;
  const content =
    selected === undefined
      ? overviewPanel(graph, listed, panelActions)
      : nodePanel(graph, selected, view.cycle, panelActions);
  panel.replaceChildren(content);
  byId('start', HTMLButtonElement).hidden = layout.nodes.size === 0;
  if (look === 'fit') fit(view.cycle === undefined ? READABLE : 0);
  else keepInSight(before, selected);
  if (takeFocus && selected !== undefined) boxes.get(selected)?.focus({ preventScroll: true });
}

/** Below this, names cannot be read: a new view then begins with its middle. */
const READABLE = 0.72;

function fit(least: number): void {
  const points = [...layout.nodes.values(), ...layout.more.map(({ at }) => at)];
  if (points.length === 0) return;
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const room = { x: BOX.width / 2 + 60, y: BOX.height / 2 + 30 };
  const area = {
    left: Math.min(...xs) - room.x,
    top: Math.min(...ys) - room.y,
    right: Math.max(...xs) + room.x,
    bottom: Math.max(...ys) + room.y,
  };
  camera.fit(area, least, view.selected === undefined ? points[0] : layout.nodes.get(view.selected));
}

/** The selected node stays in sight; what came new beside it is seen as far as it fits. */
function keepInSight(before: Layout['nodes'], selected: PageNode | undefined): void {
  const fresh = [...layout.nodes].filter(([node]) => !before.has(node));
  const middle = fresh[fresh.length >> 1];
  if (middle !== undefined) camera.reveal(middle[1]);
  const point = selected === undefined ? undefined : layout.nodes.get(selected);
  if (point !== undefined) camera.reveal(point);
}

function go(next: View, look: Look, takeFocus = true): void {
  view = next;
  listed = undefined;
  const fragment = next.roots.length === 0 ? '' : `#${writeFragment(next)}`;
  if (fragment !== location.hash)
    history.pushState(null, '', fragment === '' ? location.pathname + location.search : fragment);
  render(look, takeFocus);
}

function select(node: PageNode): void {
  go({ ...view, selected: node }, 'follow');
}

function toggle(node: PageNode, side: Side): void {
  const isOpen = openedAt(view, node, side) !== undefined;
  go(isOpen ? close(view, node, side) : openMore(view, node, side), 'follow');
}

function more(node: PageNode, side: Side): void {
  go(openMore(view, node, side), 'follow');
}

const panelActions: PanelActions = {
  open: (node) => go(viewOfNode(node), 'fit'),
  follow: (node, side, other) => go(pick(view, node, side, other, layout.nodes.has(other)), 'follow', false),
  showCycle: (cycle) => go(viewOfCycle(graph, cycle), 'fit'),
  list: (state) => {
    listed = state;
    render('follow', false);
  },
};

function restore(): void {
  view = readFragment(location.hash.slice(1), graph);
  render('fit', false);
}

createSearch(search, byId('options', HTMLElement), graph, (node) => go(viewOfNode(node), 'fit'));
byId('fit', HTMLButtonElement).addEventListener('click', () => fit(0));
byId('in', HTMLButtonElement).addEventListener('click', () => camera.zoom(1.3));
byId('out', HTMLButtonElement).addEventListener('click', () => camera.zoom(1 / 1.3));
byId('start', HTMLButtonElement).addEventListener('click', () => go(emptyView, 'fit'));
frame.addEventListener('click', () => {
  if (view.selected !== undefined) go({ ...view, selected: undefined }, 'follow');
});
addEventListener('hashchange', restore);
addEventListener('popstate', restore);
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === search) return;
  if (event.key === '/') {
    search.focus();
    event.preventDefault();
    return;
  }
  if (event.target instanceof HTMLElement && panel.contains(event.target)) return;
  if (keyInPicture(event)) event.preventDefault();
});

/** Whether the key meant something. */
function keyInPicture({ key, shiftKey }: KeyboardEvent): boolean {
  const direction = ARROWS[key];
  const node = view.selected;
  if (direction !== undefined) {
    const next = node === undefined ? view.roots[0] : nodeTowards(layout, node, direction);
    if (next !== undefined) select(next);
  } else if (key === 'Enter' || key === ' ') {
    if (node !== undefined) toggle(node, shiftKey ? 'users' : 'needs');
  } else if (key === 'Escape') go({ ...view, selected: undefined }, 'follow');
  else if (key === '+') camera.zoom(1.3);
  else if (key === '-') camera.zoom(1 / 1.3);
  else if (key === '0') fit(0);
  else return false;
  return true;
}

restore();
