import type { DependencyGraph, SrpmId, UnresolvedCapability } from './graph.ts';
import { resolutionLeaves } from './graph.ts';
import { breakCycles, type Tangle } from './graph-cycles.ts';
import { updateIndex } from './graph-index.ts';
import { localPackages, updateObsoleted } from './graph-local.ts';
import { nodeOf, nodeTexts, putScan, putTangles, type RequirementOf, refreshNode } from './graph-nodes.ts';
import { updateOrder } from './graph-order.ts';
import { resolveRequirement } from './graph-resolve.ts';
import { affectedTexts, type DependencyTexts, updateTexts } from './graph-texts.ts';
import { type LayeredMap, ListDraft } from './layered-map.ts';
import { formatNevra, type SpecScan } from './spec.ts';
import { byCodeUnit } from './text.ts';

/** A spec of the graph that is different, or new. */
export interface SpecChange {
  readonly before: SpecScan | undefined;
  readonly after: SpecScan;
  /** Whether `after` is what a build showed. */
  readonly isBuilt: boolean;
}

/** The graph with other specs; the old one stays as it is. Costs little more than what is different. */
export function changeGraph(graph: DependencyGraph, changes: readonly SpecChange[]): DependencyGraph {
  const { policy, tables } = graph;
  const removed = changes.flatMap(({ before }) => before ?? []);
  const added = changes.map(({ after }) => after);
  const scans = new Map(graph.scans);
  for (const scan of added) {
    scans.set(scan.spec, scan);
  }

  const removedPackages = removed.flatMap((scan) => localPackages(scan, tables.built.has(scan.spec)));
  const addedPackages = changes.flatMap(({ after, isBuilt }) => localPackages(after, isBuilt));
  const obsoleted = updateObsoleted(tables.obsoleted, [...removed, ...added], scans);
  const index = updateIndex(graph.index, removedPackages, addedPackages, obsoleted.packages);

  const otherRanks = obsoleted.packages.symmetricDifference(graph.index.obsoleted).size > 0;
  const { texts, changed } = updateTexts(
    tables.texts,
    {
      removed: removed.flatMap(nodeTexts),
      added: added.flatMap(nodeTexts),
      affected: otherRanks
        ? tables.texts.requirements.keys()
        : affectedTexts(tables.texts, removedPackages, addedPackages),
    },
    (text) => resolveRequirement(text, index, policy),
  );
  const asWritten = (text: string) => texts.requirements.get(text)!;
  const requirement: RequirementOf = {
    package: asWritten,
    build: (text) => {
      const resolution = tables.seed(text);
      return resolution === undefined ? asWritten(text) : { text, resolution };
    },
  };
  const nodes = { builds: new Map(graph.builds), packages: new Map(graph.packages) };
  for (const scan of added) {
    putScan(nodes, scan, requirement);
  }
  const fresh = new Set(added.flatMap(nodeTexts).map(({ id }) => id));
  for (const text of changed.keys()) {
    for (const id of texts.wanters.get(text) ?? []) {
      if (!fresh.has(id)) {
        fresh.add(id);
        refreshNode(nodes, id, requirement);
      }
    }
  }

  const gone = removed.flatMap(nodeTexts).flatMap(({ id }) => (fresh.has(id) ? [] : id));
  const order = updateOrder(
    tables.order,
    [...fresh].map((id) => nodeOf(nodes, id)!),
    gone,
    ({ text, resolution }) => tables.seed(text) ?? resolution,
  );
  const changedNumbers = new Set([...fresh, ...gone].map((id) => order.numbers.get(id)!));
  const srpmOf = (id: string) => nodes.packages.get(id)?.srpm;
  const broken = breakCycles(order, { index, policy, srpmOf }, tables.tangles, changedNumbers);
  const buildRootOverrides = putTangles(nodes, tables.tangles, broken.tangles, requirement);
  const makers = updateMakers(tables.makers, removed, added);
  const built = new Set(tables.built);
  for (const { after, isBuilt } of changes) {
    if (isBuilt) built.add(after.spec);
    else built.delete(after.spec);
  }
  return {
    ...graph,
    ...nodes,
    scans,
    index,
    buildRootOverrides,
    cycles: broken.cycles,
    breaks: broken.breaks,
    droppedPredictions: broken.dropped,
    unresolved: collectUnresolved(texts, broken.tangles),
    duplicates: updateDuplicates(graph.duplicates, makers, [...removed, ...added]),
    tables: { ...tables, texts, makers, obsoleted, built, order, tangles: broken.tangles },
  };
}

function updateMakers(
  makers: LayeredMap<string, readonly string[]>,
  removed: readonly SpecScan[],
  added: readonly SpecScan[],
): LayeredMap<string, readonly string[]> {
  const draft = new ListDraft(makers);
  for (const { spec, packages } of removed) {
    for (const package_ of packages) {
      draft.remove(formatNevra(package_), (other) => other === spec);
    }
  }
  for (const { spec, packages } of added) {
    for (const package_ of packages) {
      draft.add(formatNevra(package_), spec);
    }
  }
  return draft.done();
}

function updateDuplicates(
  before: DependencyGraph['duplicates'],
  makers: LayeredMap<string, readonly SrpmId[]>,
  changed: readonly SpecScan[],
): DependencyGraph['duplicates'] {
  const touched = new Set(changed.flatMap(({ packages }) => packages.map(formatNevra)));
  const after = before.filter(({ nevra }) => !touched.has(nevra));
  for (const nevra of touched) {
    const specs = makers.get(nevra) ?? [];
    if (specs.length > 1) {
      after.push({ nevra, specs: specs.toSorted() });
    }
  }
  return after.sort((a, b) => byCodeUnit(a.nevra, b.nevra));
}

/** What nobody provides: everywhere, or where breaking a cycle took its provider from it. */
function collectUnresolved(
  { requirements, wanters, unsure }: DependencyTexts,
  tangles: readonly Tangle[],
): readonly UnresolvedCapability[] {
  const found = new Map<string, { kind: UnresolvedCapability['capabilityKind']; by: Set<string> }>();
  const add = (resolution: Parameters<typeof resolutionLeaves>[0], ids: readonly string[]): void => {
    for (const leaf of resolutionLeaves(resolution)) {
      if (leaf.kind === 'unresolved' && ids.length > 0) {
        const entry = found.get(leaf.capability) ?? { kind: leaf.capabilityKind, by: new Set() };
        found.set(leaf.capability, entry);
        for (const id of ids) {
          entry.by.add(id);
        }
      }
    }
  };
  for (const text of unsure) {
    add(requirements.get(text)!.resolution, wanters.get(text) ?? []);
  }
  for (const { instead } of tangles) {
    for (const [id, resolutions] of instead) {
      for (const resolution of resolutions.values()) {
        add(resolution, [id]);
      }
    }
  }
  return [...found]
    .map(([capability, { kind, by }]) => ({ capability, capabilityKind: kind, wantedBy: [...by].sort() }))
    .sort((a, b) => byCodeUnit(a.capability, b.capability));
}
