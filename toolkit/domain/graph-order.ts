import type { BuildNode, PackageId, PackageNode, Requirement, SrpmId } from './graph.ts';
import { certainProviders } from './graph.ts';
import type { RequiresResolution } from './graph-seed.ts';
import { LayeredMap } from './layered-map.ts';

/** An edge of the order of builds: a node, by a requirement, needs local packages first. */
export interface OrderEdge {
  readonly requirement: Requirement;
  readonly to: readonly number[];
}

interface OrderRow {
  readonly edges: readonly OrderEdge[];
  /** All that has to be there first: of a package, the build that makes it too. */
  readonly successors: readonly number[];
}

/** What has to be there before what. Nodes have numbers, which they keep. */
export interface BuildOrder {
  readonly ids: readonly string[];
  readonly numbers: LayeredMap<string, number>;
  /** By number. */
  readonly rows: readonly OrderRow[];
}

export const emptyOrder: BuildOrder = { ids: [], numbers: new LayeredMap(new Map()), rows: [] };

const nothing: OrderRow = { edges: [], successors: [] };

/** The order with other rows for `changed`, and none for those that are `gone`. */
export function updateOrder(
  order: BuildOrder,
  changed: readonly (BuildNode | PackageNode)[],
  gone: Iterable<PackageId | SrpmId>,
  resolve: RequiresResolution,
): BuildOrder {
  const ids = order.ids.slice();
  const added = new Map<string, number>();
  for (const { id } of changed) {
    if (!order.numbers.has(id)) {
      added.set(id, ids.length);
      ids.push(id);
    }
  }
  const numbers = order.numbers.with(added);
  const rows = order.rows.slice();
  for (const id of gone) {
    rows[numbers.get(id)!] = nothing;
  }
  for (const node of changed) {
    rows[numbers.get(node.id)!] = rowOf(node, numbers, resolve);
  }
  return { ids, numbers, rows };
}

function rowOf(
  node: BuildNode | PackageNode,
  numbers: LayeredMap<string, number>,
  resolve: RequiresResolution,
): OrderRow {
  const edges: OrderEdge[] = [];
  const successors = new Set<number>('srpm' in node ? [numbers.get(node.srpm)!] : []);
  for (const requirement of node.requirements) {
    const resolution = 'srpm' in node ? resolve(requirement, node.id) : requirement.resolution;
    const to: number[] = [];
    for (const provider of certainProviders(resolution)) {
      const number = provider.kind === 'local' ? numbers.get(provider.package) : undefined;
      if (number !== undefined) {
        to.push(number);
        successors.add(number);
      }
    }
    if (to.length > 0) {
      edges.push({ requirement, to });
    }
  }
  return { edges, successors: [...successors] };
}
