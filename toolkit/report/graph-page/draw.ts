import type { Link, PageNode } from './data.ts';
import { svg } from './dom.ts';
import { edgePath, ringPath } from './edge-path.ts';
import { BOX, type Layout, type Point } from './layout.ts';
import type { Scene } from './scene.ts';
import { fitText } from './text-width.ts';
import { openedAt, type Side, type View } from './view.ts';
import { caption, kindWords, linkWords } from './words.ts';

/** What a person may do to the picture. */
export interface PictureActions {
  select(node: PageNode): void;
  toggle(node: PageNode, side: Side): void;
  more(node: PageNode, side: Side): void;
}

/** Draws a scene; gives the elements of its nodes. */
export function drawScene(
  picture: SVGGElement,
  { view, scene, layout }: { readonly view: View; readonly scene: Scene; readonly layout: Layout },
  actions: PictureActions,
): ReadonlyMap<PageNode, SVGGElement> {
  const at = (node: PageNode) => layout.nodes.get(node)!;
  const lines = scene.links.map((link) => drawLink(link, scene, view.selected, at));
  // What is emphasized lies on top.
  lines.sort((a, b) => Number(a.classList.contains('on')) - Number(b.classList.contains('on')));
  const boxes = new Map(
    [...layout.nodes].map(([node, point]) => [node, drawNode(node, point, view, actions)]),
  );
  const rest = layout.more.map(({ node, side, at: point, count }) => {
    const words = `${count} more ${side === 'needs' ? 'that it needs' : 'that need it'}`;
    const label = svg('text', { 'text-anchor': 'middle', y: 4 }, `${count} more`);
    const pill = svg(
      'g',
      {
        class: 'more',
        role: 'button',
        tabindex: -1,
        'aria-label': words,
        transform: `translate(${point.x} ${point.y})`,
      },
      svg('rect', { x: -46, y: -13, width: 92, height: 26, rx: 13 }),
      label,
    );
    return onPress(pill, () => actions.more(node, side));
  });
  picture.replaceChildren(
    svg('g', { class: 'links' }, ...lines),
    svg('g', { class: 'boxes' }, ...boxes.values(), ...rest),
  );
  return boxes;
}

function drawLink(
  link: Link,
  { cycle }: Scene,
  selected: PageNode | undefined,
  at: (node: PageNode) => Point,
): SVGPathElement {
  const isCycle = cycle.has(link);
  const isOn = isCycle || link.from === selected || link.to === selected;
  const marker = isCycle ? 'cycle' : isOn ? 'on' : 'off';
  const names = [
    'link',
    isOn ? 'on' : 'off',
    ...(isCycle ? ['cycle'] : []),
    ...(link.isMadeBy ? ['made-by'] : []),
    ...(link.isPredicted || link.isConditional ? ['unsure'] : []),
  ];
  const path = svg('path', {
    class: names.join(' '),
    d: (isCycle ? ringPath : edgePath)(at(link.from), at(link.to)),
    'marker-end': `url(#arrow-${marker})`,
  });
  path.append(svg('title', {}, linkWords(link)));
  return path;
}

function drawNode(node: PageNode, { x, y }: Point, view: View, actions: PictureActions): SVGGElement {
  const { width, height } = BOX;
  const isSelected = node === view.selected;
  const names = ['node', node.kind, `is-${node.state}`];
  if (isSelected) names.push('selected');
  if (node.inCycle) names.push('in-cycle');
  if (node.isPredicted) names.push('predicted');
  const words = [
    `${node.name}, ${kindWords(node)}`,
    ...(node.inCycle ? ['in a cycle'] : []),
    `needs ${node.needs.length}`,
    `needed by ${node.users.length}`,
  ];
  const group = svg(
    'g',
    {
      class: names.join(' '),
      role: 'button',
      tabindex: isSelected ? 0 : -1,
      'aria-pressed': String(isSelected),
      'aria-label': words.join(', '),
      transform: `translate(${x} ${y})`,
    },
    svg('rect', {
      class: 'box',
      x: -width / 2,
      y: -height / 2,
      width,
      height,
      rx: node.kind === 'build' ? 4 : 12,
    }),
    svg('rect', {
      class: 'mark',
      x: -width / 2 + 16,
      y: -height / 2 + 8,
      width: 5,
      height: height - 16,
      rx: 2.5,
    }),
    svg('text', { class: 'name', x: -width / 2 + 28, y: -2 }, fitText(node.name, width - 46, 'name')),
    svg(
      'text',
      { class: 'caption', x: -width / 2 + 28, y: 13 },
      fitText(caption(node), width - 46, 'caption'),
    ),
    svg('title', {}, `${node.name}\n${kindWords(node)}`),
  );
  onPress(group, () => actions.select(node));
  for (const side of ['needs', 'users'] as const) {
    const count = node[side].length;
    if (count > 0) group.append(drawHandle(node, side, openedAt(view, node, side) !== undefined, actions));
  }
  return group;
}

function drawHandle(node: PageNode, side: Side, isOpen: boolean, actions: PictureActions): SVGGElement {
  const count = node[side].length;
  const words = side === 'needs' ? `what ${node.name} needs` : `who needs ${node.name}`;
  const handle = svg(
    'g',
    {
      class: `handle ${side}`,
      role: 'button',
      tabindex: -1,
      'aria-expanded': String(isOpen),
      'aria-label': `${isOpen ? 'hide' : 'show'} ${words} (${count})`,
      transform: `translate(${side === 'needs' ? BOX.width / 2 : -BOX.width / 2} 0)`,
    },
    svg('circle', { r: 11 }),
    svg('text', { 'text-anchor': 'middle', y: 3.5 }, isOpen ? '−' : count > 99 ? '99+' : String(count)),
    svg('title', {}, `${isOpen ? 'Hide' : 'Show'} ${words} (${count})`),
  );
  return onPress(handle, () => actions.toggle(node, side));
}

function onPress<E extends Element>(element: E, act: () => void): E {
  element.addEventListener('click', (event) => {
    event.stopPropagation();
    act();
  });
  return element;
}
