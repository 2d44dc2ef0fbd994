import { type CuttableEdges, chooseCuts } from './cycle-cuts.ts';
import type { CycleBreak, DroppedPrediction, PackageId, Requirement, Resolution, SrpmId } from './graph.ts';
import { certainProviders, resolutionLeaves } from './graph.ts';
import type { ProviderIndex } from './graph-index.ts';
import type { BuildOrder, OrderEdge } from './graph-order.ts';
import type { Admission, ProviderPolicy } from './graph-providers.ts';
import { resolveRequirement } from './graph-resolve.ts';

/** What is resolved anew in one strongly connected component to break its cycles. */
export interface Untangled {
  /** By node and requirement. */
  readonly instead: ReadonlyMap<string, ReadonlyMap<string, Resolution>>;
  readonly breaks: readonly CycleBreak[];
  readonly dropped: readonly DroppedPrediction[];
}

/** A BuildRequires is taken prebuilt rather than a Requires, which counts for all build roots. */
const COST = { prediction: 0, buildRequires: 1, requires: 2 };

const prebuiltOnly: Admission = new Set(['server', 'seed']);

interface Cuttable extends CuttableEdges {
  readonly node: string;
  readonly requirement: Requirement;
  readonly instead: Resolution;
  readonly isPrediction: boolean;
}

/**
 * Breaks the cycles through SRPMs in a component (node numbers): first predictions are given up, then what
 * package servers, the seed root or the policy's prebuilt packages have is taken from there.
 */
export function untangle(
  component: readonly number[],
  srpmOf: (id: string) => SrpmId | undefined,
  { ids, rows }: BuildOrder,
  { index, policy }: { readonly index: ProviderIndex; readonly policy: ProviderPolicy },
): Untangled {
  const nodes = component.toSorted((a, b) => (ids[a]! < ids[b]! ? -1 : 1));
  const places = new Map(nodes.map((node, place) => [node, place]));
  const inside = (to: readonly number[]) => to.flatMap((node) => places.get(node) ?? []);
  const fixed: number[][] = nodes.map(() => []);
  const cuttable: Cuttable[] = [];
  for (const [place, node] of nodes.entries()) {
    const id = ids[node]!;
    const builtBy = srpmOf(id);
    if (builtBy !== undefined) {
      fixed[place]!.push(...inside(rows[node]!.successors).filter((to) => ids[nodes[to]!] === builtBy));
    }
    for (const edge of rows[node]!.edges) {
      const to = inside(edge.to);
      const instead = to.length === 0 ? undefined : alternative(edge, ids);
      if (instead === undefined) {
        fixed[place]!.push(...to);
      } else {
        const { requirement } = edge;
        const cost = instead.isPrediction
          ? COST.prediction
          : builtBy === undefined
            ? COST.buildRequires
            : COST.requires;
        cuttable.push({ from: place, to, cost, node: id, requirement, ...instead });
      }
    }
  }
  const isMarked = (place: number) => srpmOf(ids[nodes[place]!]!) === undefined;
  const cuts = chooseCuts({ count: nodes.length, isMarked, fixed: (place) => fixed[place]!, cuttable });
  return report(
    [...cuts].sort((a, b) => a - b).map((at) => cuttable[at]!),
    srpmOf,
  );

  function alternative(edge: OrderEdge, allIds: readonly string[]) {
    const { text, resolution } = edge.requirement;
    const other = resolveRequirement(text, index, policy, prebuiltOnly).resolution;
    const isPrediction = resolutionLeaves(resolution).some(
      (leaf) => leaf.kind === 'provided' && leaf.predicted !== undefined,
    );
    if (isPrediction || isProvided(other)) {
      return { instead: other, isPrediction };
    }
    const names = edge.to.map((node) => allIds[node]!.slice(allIds[node]!.indexOf('#') + 1));
    return names.every((name) => policy.prebuilt.has(name))
      ? { instead: prebuilt(resolution), isPrediction }
      : undefined;
  }
}

function isProvided(resolution: Resolution): boolean {
  const leaves = resolutionLeaves(resolution);
  return leaves.length > 0 && leaves.every(({ kind }) => kind === 'provided');
}

/** The same, with packages that have to come from somewhere in the place of local ones. */
function prebuilt(resolution: Resolution): Resolution {
  switch (resolution.kind) {
    case 'provided': {
      const { capability, provider } = resolution;
      const name = provider.package.slice(provider.package.indexOf('#') + 1);
      return provider.kind === 'local'
        ? { kind: 'provided', capability, provider: { kind: 'prebuilt', package: name } }
        : resolution;
    }
    case 'all':
      return { kind: 'all', of: resolution.of.map(prebuilt) };
    default:
      return resolution;
  }
}

function report(cuts: readonly Cuttable[], srpmOf: (id: PackageId) => SrpmId | undefined): Untangled {
  const instead = new Map<string, Map<string, Resolution>>();
  const breaks: CycleBreak[] = [];
  const dropped: DroppedPrediction[] = [];
  for (const { node, requirement, instead: other, isPrediction } of cuts) {
    const own = instead.get(node) ?? new Map<string, Resolution>();
    instead.set(node, own.set(requirement.text, other));
    const [provider] = certainProviders(other);
    if (isPrediction) {
      const leaves = resolutionLeaves(requirement.resolution);
      for (const leaf of leaves) {
        if (leaf.kind === 'provided' && leaf.predicted !== undefined) {
          const { capability, provider: expected, predicted } = leaf;
          dropped.push({ node, capability, provider: expected, rule: predicted });
        }
      }
    } else if (provider !== undefined) {
      const builtBy = srpmOf(node);
      const place = builtBy === undefined ? { srpm: node } : { srpm: builtBy, package: node };
      breaks.push({ ...place, requirement: requirement.text, provider });
    }
  }
  return { instead, breaks, dropped };
}
