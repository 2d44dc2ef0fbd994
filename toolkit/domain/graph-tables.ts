import type { Resolution, SrpmId } from './graph.ts';
import type { Tangle } from './graph-cycles.ts';
import { noneObsoleted, type Obsoleted } from './graph-local.ts';
import { type BuildOrder, emptyOrder } from './graph-order.ts';
import { type DependencyTexts, noTexts } from './graph-texts.ts';
import { LayeredMap } from './layered-map.ts';

/** What a change of a graph starts from, so that it looks at no more than what is different. */
export interface GraphTables {
  readonly texts: DependencyTexts;
  /** SRPMs that make a package, by its NEVRA. */
  readonly makers: LayeredMap<string, readonly SrpmId[]>;
  readonly obsoleted: Obsoleted;
  /** SRPMs whose packages are known from their builds. */
  readonly built: ReadonlySet<SrpmId>;
  readonly order: BuildOrder;
  readonly tangles: readonly Tangle[];
  /** What the seed root alone says of a text; remembers its answers. */
  readonly seed: (text: string) => Resolution | undefined;
}

export const emptyTables: GraphTables = {
  texts: noTexts,
  makers: new LayeredMap(new Map()),
  obsoleted: noneObsoleted,
  built: new Set(),
  order: emptyOrder,
  tangles: [],
  seed: () => undefined,
};
