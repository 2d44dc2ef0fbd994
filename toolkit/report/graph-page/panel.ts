import type { Link, PageGraph, PageNode, State } from './data.ts';
import { STATES } from './data.ts';
import { button, html } from './dom.ts';
import type { Side } from './view.ts';
import { caption, kindWords, linkWords, STATE_WORDS } from './words.ts';

export interface PanelActions {
  /** Shows a node by itself. */
  open(node: PageNode): void;
  /** Goes from a node to one beside it. */
  follow(node: PageNode, side: Side, other: PageNode): void;
  showCycle(cycle: number): void;
  /** Lists all nodes of a state; undefined: takes the list away. */
  list(state: State | undefined): void;
}

/** Long lists come in parts. */
const PART = 100;

/** What is told when no node is selected: how much there is of what, which is the legend, and cycles. */
export function overviewPanel(
  graph: PageGraph,
  listed: State | undefined,
  actions: PanelActions,
): HTMLElement {
  const counts = Map.groupBy(graph.nodes, ({ state }) => state);
  const states = STATES.filter((state) => counts.has(state));
  const builds = graph.nodes.filter(({ kind }) => kind === 'build').length;
  const packages = graph.nodes.filter(({ kind }) => kind === 'package').length;
  return html(
    'div',
    {},
    html('h2', {}, graph.goal === 'everything' ? 'Everything' : `Goal: ${graph.goal}`),
    html(
      'p',
      {},
      `${builds.toLocaleString('en')} source packages, ${packages.toLocaleString('en')} packages.`,
    ),
    html('p', { class: 'hint' }, 'Search for a name, or begin with a list. Arrows point at what is needed.'),
    html('h3', {}, 'By state'),
    html(
      'ul',
      { class: 'states' },
      ...states.map((state) => {
        const isListed = state === listed;
        return html(
          'li',
          {},
          button(
            { 'aria-expanded': String(isListed) },
            () => actions.list(isListed ? undefined : state),
            html('span', { class: `dot is-${state}` }),
            html('span', { class: 'name' }, STATE_WORDS[state]),
            html('span', { class: 'count' }, counts.get(state)!.length.toLocaleString('en')),
          ),
          isListed ? nodeList(counts.get(state)!, actions.open) : undefined,
        );
      }),
    ),
    html(
      'ul',
      { class: 'legend' },
      ...LEGEND.map(([name, words]) => html('li', {}, html('span', { class: `sign ${name}` }), words)),
    ),
    ...cyclesSection(graph, actions),
  );
}

const LEGEND = [
  ['in-cycle', 'in a cycle that no order of builds satisfies'],
  ['unsure', 'predicted, or only under a condition'],
  ['squared', 'source package (what is built)'],
  ['rounded', 'package (what is installed)'],
] as const;

function cyclesSection(graph: PageGraph, actions: PanelActions): readonly HTMLElement[] {
  if (graph.cycles.length === 0) return [];
  return [
    html('h3', {}, `Cycles (${graph.cycles.length})`),
    html(
      'ul',
      { class: 'list' },
      ...graph.cycles.map(({ nodes, size }, at) =>
        html(
          'li',
          {},
          button(
            { class: 'cycle' },
            () => actions.showCycle(at),
            html(
              'span',
              { class: 'name' },
              nodes
                .filter(({ kind }) => kind === 'build')
                .map(({ name }) => name)
                .join(' → '),
            ),
            html('span', { class: 'what' }, `a way round of ${nodes.length}, in a knot of ${size}`),
          ),
        ),
      ),
    ),
  ];
}

/** All about one node. */
export function nodePanel(
  graph: PageGraph,
  node: PageNode,
  cycle: number | undefined,
  actions: PanelActions,
): HTMLElement {
  const facts = [
    ['NEVRA', node.kind === 'build' || node.kind === 'package' ? `${node.name}-${node.about}` : ''],
    ['Spec', node.spec],
    ['Error', node.kind === 'failed' ? node.about : ''],
    ['From', node.kind === 'server' ? node.about : ''],
  ].filter(([, value]) => value !== '');
  const cycles = [...graph.cycles.keys()].filter((at) => graph.cycles[at]!.nodes.includes(node));
  return html(
    'div',
    {},
    html('p', { class: 'kind' }, html('span', { class: `dot is-${node.state}` }), kindWords(node)),
    html('h2', {}, node.name),
    html('dl', {}, ...facts.flatMap(([name, value]) => [html('dt', {}, name!), html('dd', {}, value!)])),
    ...cycles.map((at) => cycleNote(graph, at, at === cycle, actions)),
    ...requirements(node, actions),
    ...linksSection(
      'Needed by',
      node.users.filter(({ isMadeBy }) => !isMadeBy),
      'users',
      actions,
    ),
  );
}

function cycleNote(graph: PageGraph, at: number, isShown: boolean, actions: PanelActions): HTMLElement {
  const { nodes, size, advice } = graph.cycles[at]!;
  const words = `It is part of a cycle: no order of builds satisfies it. ${nodes.length} steps round, in a knot of ${size}.`;
  return html(
    'div',
    { class: 'note' },
    html('p', {}, words),
    advice === '' ? undefined : html('p', {}, advice),
    isShown
      ? html('ol', {}, ...nodes.map((node, step) => cycleStep(node, nodes[(step + 1) % nodes.length]!)))
      : button({}, () => actions.showCycle(at), 'Show the cycle'),
  );
}

function cycleStep(node: PageNode, next: PageNode): HTMLElement {
  const link = node.needs.find(({ to }) => to === next);
  return html('li', {}, link === undefined ? `${node.name} needs ${next.name}` : linkWords(link));
}

function requirements(node: PageNode, actions: PanelActions): readonly HTMLElement[] {
  const madeBy = node.needs.filter(({ isMadeBy }) => isMadeBy);
  const needs = node.needs.filter(({ isMadeBy }) => !isMadeBy);
  const makes = node.users.filter(({ isMadeBy }) => isMadeBy);
  return [
    ...linksSection('Made by', madeBy, 'needs', actions),
    ...linksSection('Makes', makes, 'users', actions),
    ...linksSection(node.kind === 'build' ? 'Needs to be built' : 'Requires', needs, 'needs', actions),
  ];
}

function linksSection(
  title: string,
  links: readonly Link[],
  side: Side,
  actions: PanelActions,
): readonly HTMLElement[] {
  if (links.length === 0) return [];
  const item = (link: Link): HTMLElement => {
    const [self, other] = side === 'needs' ? [link.from, link.to] : [link.to, link.from];
    const asked = link.texts.filter((text) => text !== link.to.name);
    const doubt = link.isPredicted ? 'predicted' : link.isConditional ? 'if its condition holds' : '';
    const what = [asked.join(', '), doubt, asked.length === 0 ? caption(other) : ''].filter(
      (text) => text !== '',
    );
    return html(
      'li',
      {},
      button(
        {},
        () => actions.follow(self, side, other),
        html('span', { class: `dot is-${other.state}` }),
        html('span', { class: 'name' }, other.name),
        html('span', { class: 'what' }, what.join(' · ')),
      ),
    );
  };
  return [html('h3', {}, `${title} (${links.length})`), inParts(links, item)];
}

function nodeList(nodes: readonly PageNode[], open: (node: PageNode) => void): HTMLElement {
  const isMade = ({ kind }: PageNode) => kind === 'build' || kind === 'package' || kind === 'failed';
  // What is made here is looked for by its name; of all else the most wanted comes first.
  const byUse = (a: PageNode, b: PageNode) => (isMade(a) || isMade(b) ? 0 : b.users.length - a.users.length);
  const sorted = nodes.toSorted((a, b) => byUse(a, b) || (a.name < b.name ? -1 : 1));
  return inParts(sorted, (node) => {
    const what =
      node.kind === 'failed' ? node.about : isMade(node) ? caption(node) : `needed by ${node.users.length}`;
    const name = html('span', { class: 'name' }, node.name);
    return html(
      'li',
      {},
      button({}, () => open(node), name, html('span', { class: 'what' }, what)),
    );
  });
}

/** A list whose rest comes when it is asked for. */
function inParts<T>(all: readonly T[], item: (one: T) => HTMLElement): HTMLUListElement {
  const list = html('ul', { class: 'list' });
  const add = (from: number): void => {
    list.append(...all.slice(from, from + PART).map(item));
    const left = all.length - from - PART;
    if (left <= 0) return;
    const rest = html('li', {});
    rest.append(
      button(
        { class: 'rest' },
        () => {
          rest.remove();
          add(from + PART);
        },
        `${left.toLocaleString('en')} more`,
      ),
    );
    list.append(rest);
  };
  add(0);
  return list;
}
