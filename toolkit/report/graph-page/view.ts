import type { Link, PageGraph, PageNode } from './data.ts';

/** `needs`: what a node needs, drawn to its right; `users`: who needs it, drawn to its left. */
export type Side = 'needs' | 'users';

/** What is open beside one node. */
export interface Opened {
  readonly node: PageNode;
  readonly side: Side;
  /** How many of its neighbours are shown. */
  readonly limit: number;
  /** Shown beyond the limit. */
  readonly picked: readonly PageNode[];
}

/** All that a person sees; what a URL fragment keeps. */
export interface View {
  /** Where drawing starts. */
  readonly roots: readonly PageNode[];
  readonly opened: readonly Opened[];
  readonly selected: PageNode | undefined;
  /** Number of the cycle that is highlighted. */
  readonly cycle: number | undefined;
}

/** As many neighbours as are opened at once. */
export const STEP = 10;

export const emptyView: View = { roots: [], opened: [], selected: undefined, cycle: undefined };

/** A node in the middle, with what it needs and who needs it. */
export function viewOfNode(node: PageNode): View {
  const opened = (['needs', 'users'] as const).map((side) => ({ node, side, limit: STEP, picked: [] }));
  return { roots: [node], opened, selected: node, cycle: undefined };
}

/** A cycle by itself. */
export function viewOfCycle(graph: PageGraph, cycle: number): View {
  const roots = graph.cycles[cycle]?.nodes ?? [];
  return { roots, opened: [], selected: roots[0], cycle: roots.length === 0 ? undefined : cycle };
}

/** The nodes beside a node: those made here first, then by name of origin; the seed root's last. */
export function neighbours(node: PageNode, side: Side): readonly PageNode[] {
  if (side === 'users') return node.users.map(({ from }) => from);
  const rank = ({ to, isMadeBy }: Link) => (isMadeBy ? 0 : to.inCycle ? 1 : ORDER[to.kind]);
  return node.needs.toSorted((a, b) => rank(a) - rank(b)).map(({ to }) => to);
}

const ORDER = { build: 2, package: 2, failed: 3, server: 4, prebuilt: 4, unresolved: 3, seed: 5 } as const;

export function openedAt(view: View, node: PageNode, side: Side): Opened | undefined {
  return view.opened.find((one) => one.node === node && one.side === side);
}

/** Opens a side of a node, or more of it. */
export function openMore(view: View, node: PageNode, side: Side, step = STEP): View {
  const known = openedAt(view, node, side);
  if (known === undefined) {
    return { ...view, selected: node, opened: [...view.opened, { node, side, limit: step, picked: [] }] };
  }
  const more = { ...known, limit: known.limit + step * 2 };
  return { ...view, selected: node, opened: view.opened.map((one) => (one === known ? more : one)) };
}

/** Closes a side of a node. */
export function close(view: View, node: PageNode, side: Side): View {
  const opened = view.opened.filter((one) => one.node !== node || one.side !== side);
  return { ...view, selected: node, opened };
}

/** Selects a neighbour; brings it into the picture where it is not in it yet. */
export function pick(view: View, node: PageNode, side: Side, other: PageNode, isShown: boolean): View {
  if (isShown) return { ...view, selected: other };
  const known = openedAt(view, node, side) ?? { node, side, limit: 0, picked: [] };
  const opened = view.opened.filter((one) => one !== known);
  return { ...view, selected: other, opened: [...opened, { ...known, picked: [...known.picked, other] }] };
}

/** A view as a URL fragment, without the `#`. */
export function writeFragment(view: View): string {
  const ids = (nodes: readonly PageNode[]) => nodes.map(({ id }) => encodeURIComponent(id)).join(',');
  const opened = view.opened.map(
    ({ node, side, limit, picked }) =>
      `${encodeURIComponent(node.id)}${side === 'needs' ? ':n' : ':u'}${limit}${picked.map(({ id }) => `+${encodeURIComponent(id)}`).join('')}`,
  );
  return [
    ...(view.cycle === undefined ? [`show=${ids(view.roots)}`] : [`cycle=${view.cycle + 1}`]),
    ...(opened.length === 0 ? [] : [`open=${opened.join(',')}`]),
    ...(view.selected === undefined ? [] : [`at=${encodeURIComponent(view.selected.id)}`]),
  ].join('&');
}

/** The view that a fragment tells; what the graph does not have (any more) is left out. */
export function readFragment(fragment: string, graph: PageGraph): View {
  const fields = new Map(
    fragment.split('&').map((field): [string, string] => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals), field.slice(equals + 1)];
    }),
  );
  const find = (text: string) => graph.byId.get(decode(text));
  const list = (name: string) => (fields.get(name) ?? '').split(',').filter((text) => text !== '');
  const number = Number(fields.get('cycle')) - 1;
  const cycle = graph.cycles[number] === undefined ? undefined : number;
  const roots =
    cycle === undefined ? list('show').flatMap((text) => find(text) ?? []) : graph.cycles[cycle]!.nodes;
  if (roots.length === 0) return emptyView;
  const opened = list('open').flatMap((text): Opened[] => {
    const match = /^(.*):([nu])(\d{1,4})((?:\+.*)?)$/.exec(text);
    const node = match === null ? undefined : find(match[1]!);
    if (match === null || node === undefined) return [];
    const picked = match[4]!.split('+').flatMap((id) => find(id) ?? []);
    return [{ node, side: match[2] === 'n' ? 'needs' : 'users', limit: Number(match[3]), picked }];
  });
  return { roots, opened, selected: find(fields.get('at') ?? ''), cycle };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
