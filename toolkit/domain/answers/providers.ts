import { type Capability, formatCapability } from '../capability.ts';
import { formatEvr } from '../evr.ts';
import type { DependencyGraph } from '../graph.ts';
import type { Candidate } from '../graph-index.ts';
import { type Preference, providerKey, whyPreferred } from '../graph-preference.ts';
import { findProviders } from '../graph-providers.ts';
import { resolveRequirement } from '../graph-resolve.ts';
import type { PredictionRule } from '../prediction.ts';
import { capabilitiesOf, formatDependency, parseDependency } from '../richdep.ts';
import { resolutionTargets } from './edges.ts';
import { type AnswerNode, nodesOf, providerId } from './node.ts';

export interface ProviderCandidate {
  /** Node id. */
  readonly id: string;
  readonly package: string;
  readonly evr: string;
  /** What it says that it provides, as rpm writes it. */
  readonly provides: string;
  /** By which rule it is expected to provide it, where it is not built yet and does not say so. */
  readonly predicted: PredictionRule | undefined;
  /** Why it stands before the next one; undefined for the last. */
  readonly beatsNextBy: Preference | undefined;
}

/** The candidates for one capability of a dependency. */
export interface CapabilityProviders {
  readonly capability: string;
  /** Best first. */
  readonly candidates: readonly ProviderCandidate[];
  /** Those that provide it in a version that was not asked for. */
  readonly wrongVersion: readonly ProviderCandidate[];
}

export interface ProvidersAnswer {
  readonly asked: string;
  /** One for each capability; several where the dependency is rich. */
  readonly parts: readonly CapabilityProviders[];
  /** Ids of whom the graph takes for the whole of it; ids of capabilities that nobody provides among them. */
  readonly chosen: readonly string[];
  /** Whether a condition decides: then `chosen` holds both of its outcomes. */
  readonly isConditional: boolean;
  readonly nodes: readonly AnswerNode[];
}

/** All who provide a capability, or the parts of a rich dependency. Throws `DEPENDENCY_SYNTAX`. */
export function providersOf(graph: DependencyGraph, text: string): ProvidersAnswer {
  const asked = text.trim();
  const parts = capabilitiesOf(parseDependency(asked)).map((part) => partProviders(graph, part));
  const targets = resolutionTargets(resolveRequirement(asked, graph.index, graph.policy).resolution);
  const chosen = [...new Set(targets.map(({ to }) => to))];
  const listed = parts.flatMap(({ candidates, wrongVersion }) => [...candidates, ...wrongVersion]);
  return {
    asked,
    parts,
    chosen,
    isConditional: targets.some(({ isConditional }) => isConditional),
    nodes: nodesOf(graph, [...chosen, ...listed.map(({ id }) => id)]),
  };
}

function partProviders(graph: DependencyGraph, part: Capability): CapabilityProviders {
  const { index, policy } = graph;
  const once = (candidates: readonly Candidate[]) =>
    [
      ...new Map(candidates.toReversed().map((one) => [providerKey(one.provider), one])).values(),
    ].toReversed();
  const found = once(findProviders(index, policy, part));
  const right = new Set(found.map(({ provider }) => providerKey(provider)));
  const wrong = once(findProviders(index, policy, { name: part.name })).filter(
    ({ provider }) => !right.has(providerKey(provider)),
  );
  const told = (list: readonly Candidate[]) =>
    list.map((candidate, at) => ({
      id: providerId(candidate.provider, part.name),
      package: candidate.name,
      evr: formatEvr(candidate.evr),
      provides: formatCapability(candidate.capability),
      predicted: candidate.predicted,
      beatsNextBy: list[at + 1] && whyPreferred(index, policy, part.name, candidate, list[at + 1]!),
    }));
  return { capability: formatDependency(part), candidates: told(found), wrongVersion: told(wrong) };
}
