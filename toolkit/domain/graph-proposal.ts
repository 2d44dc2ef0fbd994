import { type CuttableEdges, chooseCuts } from './cycle-cuts.ts';
import { feedbackNodes } from './cycle-feedback.ts';
import type { CycleCut } from './graph.ts';
import { byCodeUnit } from './text.ts';

/** An edge that no prebuilt package could be found for; `built by` leads from a package to its SRPM. */
export interface LeftEdge {
  readonly to: number;
  readonly text: string;
}

interface Wanted extends CuttableEdges {
  readonly text: string;
}

/**
 * What would have to be prebuilt so that nothing is left of a component (`places`): the fewest SRPMs that a
 * greedy choice finds, and of these only the packages without which it does not do.
 */
export function proposeCut(
  places: readonly number[],
  edges: readonly (readonly LeftEdge[])[],
  isBuild: (place: number) => boolean,
  idOf: (place: number) => string,
): readonly CycleCut[] {
  const own = new Map(places.map((place, at) => [place, at]));
  const inside = places.map((place) =>
    edges[place]!.flatMap(({ to, text }) => (own.has(to) ? { to: own.get(to)!, text } : [])),
  );
  const next = inside.map((list) => list.map(({ to }) => to));
  const isMarked = (node: number) => isBuild(places[node]!);
  const chosen = feedbackNodes(places.length, (node) => next[node]!, isMarked);
  const builtBy = next.map((list, node) => (isMarked(node) ? undefined : list.find(isMarked)));
  const cuttable = inside.flatMap((list, from) => wantedOf(from, list, isMarked(from)));
  const prebuilt = new Set(chosen.map(({ node }) => node));
  const mayCut = cuttable.filter(({ to }) => to.every((node) => prebuilt.has(builtBy[node] ?? -1)));
  const fixed = fixedEdges(next, cuttable, new Set(mayCut), builtBy);
  const cuts = [
    ...chooseCuts({ count: places.length, isMarked, fixed: (node) => fixed[node]!, cuttable: mayCut }),
  ];
  const idAt = (node: number) => idOf(places[node]!);
  return chosen.map(({ node, frees }) => {
    const taken = cuts
      .map((at) => mayCut[at]!)
      .filter(({ to }) => to.some((other) => builtBy[other] === node));
    const packages = taken.flatMap(({ to }) => to.filter((other) => builtBy[other] === node).map(idAt));
    const requires = taken.map(({ from, text }) => `${idAt(from)}: ${text}`);
    return {
      srpm: idAt(node),
      packages: sorted(packages.map((id) => id.slice(id.indexOf('#') + 1))),
      dependencies: sorted(requires),
      frees,
    };
  });
}

/** The dependencies of a node, each with all that it leads to; of a package without the build that makes it. */
function wantedOf(from: number, list: readonly LeftEdge[], isBuild: boolean): readonly Wanted[] {
  const wanted = list.filter(({ text }) => text !== 'built by');
  return [...Map.groupBy(wanted, ({ text }) => text)].map(([text, edges]) => ({
    from,
    text,
    to: edges.map(({ to }) => to),
    cost: isBuild ? 1 : 2,
  }));
}

function fixedEdges(
  next: readonly (readonly number[])[],
  cuttable: readonly Wanted[],
  mayCut: ReadonlySet<Wanted>,
  builtBy: readonly (number | undefined)[],
): readonly (readonly number[])[] {
  const fixed = next.map((_, node) => (builtBy[node] === undefined ? [] : [builtBy[node]]));
  for (const wanted of cuttable) {
    if (!mayCut.has(wanted)) {
      fixed[wanted.from]!.push(...wanted.to);
    }
  }
  return fixed;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(byCodeUnit);
}
