import type { Capability } from './capability.ts';
import { capabilityKind, formatCapability } from './capability.ts';
import type { Requirement, Resolution } from './graph.ts';
import type { Candidate, ProviderIndex } from './graph-index.ts';
import { originRank, providerKey } from './graph-preference.ts';
import {
  type Admission,
  bestProvider,
  findProviders,
  isAdmitted,
  type ProviderPolicy,
} from './graph-providers.ts';
import type { Dependency, RichDependency } from './richdep.ts';
import { formatDependency, isRich, parseDependency } from './richdep.ts';

/**
 * Resolves one dependency text. Of `or` the alternative is taken whose worst provider ranks best in the
 * policy, the first written among equals; of `with` and `without` the best single package. A text that rpm
 * itself would refuse is unresolved. rpmlib() is a matter of rpm and is resolved to nothing.
 */
export function resolveRequirement(
  text: string,
  index: ProviderIndex,
  policy: ProviderPolicy,
  admit?: Admission,
): Requirement {
  let dependency: Dependency;
  try {
    dependency = parseDependency(text);
  } catch {
    return { text, resolution: { kind: 'unresolved', capability: text, capabilityKind: 'name' } };
  }
  return { text, resolution: resolve(dependency, { index, policy, admit }) };
}

interface Context {
  readonly index: ProviderIndex;
  readonly policy: ProviderPolicy;
  readonly admit: Admission;
}

function resolve(dependency: Dependency, context: Context): Resolution {
  if (!isRich(dependency)) {
    return dependency.name.startsWith('rpmlib(')
      ? { kind: 'all', of: [] }
      : leaf(formatCapability(dependency), dependency.name, best(dependency, context));
  }
  switch (dependency.operator) {
    case 'and':
      return { kind: 'all', of: dependency.operands.map((operand) => resolve(operand, context)) };
    case 'or': {
      const alternatives = dependency.operands.map((operand) => resolve(operand, context));
      const ranks = alternatives.map((alternative) => worstRank(alternative, context));
      const best = Math.min(...ranks);
      return alternatives[ranks.indexOf(best)]!;
    }
    case 'if':
      return conditional(dependency.condition, dependency.wanted, dependency.otherwise, context);
    case 'unless':
      return conditional(dependency.condition, dependency.otherwise, dependency.wanted, context, {
        kind: 'unresolved',
        capability: formatDependency(dependency),
        capabilityKind: 'name',
      });
    default:
      return leaf(
        formatDependency(dependency),
        firstName(dependency),
        singlePackages(dependency, context)[0],
      );
  }
}

function conditional(
  condition: Dependency,
  holds: Dependency | undefined,
  otherwise: Dependency | undefined,
  context: Context,
  whenNothing?: Resolution,
): Resolution {
  return {
    kind: 'if',
    condition,
    holds: holds === undefined ? whenNothing : resolve(holds, context),
    otherwise: otherwise && resolve(otherwise, context),
  };
}

function leaf(capability: string, name: string, best: Candidate | undefined): Resolution {
  if (best === undefined) {
    return { kind: 'unresolved', capability, capabilityKind: capabilityKind(name) };
  }
  const { provider, predicted } = best;
  return { kind: 'provided', capability, provider, ...(predicted === undefined ? {} : { predicted }) };
}

function best(capability: Capability, { index, policy, admit }: Context): Candidate | undefined {
  return bestProvider(index, policy, capability, admit);
}

function candidates(capability: Capability, { index, policy, admit }: Context): readonly Candidate[] {
  return findProviders(index, policy, capability).filter((one) => isAdmitted(one, admit));
}

/** Packages that by themselves satisfy a dependency of `with`, `without` and `or`, best first. */
function singlePackages(dependency: Dependency, context: Context): readonly Candidate[] {
  if (!isRich(dependency)) {
    return candidates(dependency, context);
  }
  const keys = (operand: Dependency) =>
    new Set(singlePackages(operand, context).map(({ provider }) => providerKey(provider)));
  switch (dependency.operator) {
    case 'or':
      return dependency.operands.flatMap((operand) => singlePackages(operand, context));
    case 'with': {
      const [first, ...others] = dependency.operands;
      const allowed = others.map(keys).reduce((all, some) => all.intersection(some));
      return singlePackages(first!, context).filter(({ provider }) => allowed.has(providerKey(provider)));
    }
    case 'without': {
      const unwanted = keys(dependency.unwanted);
      return singlePackages(dependency.wanted, context).filter(
        ({ provider }) => !unwanted.has(providerKey(provider)),
      );
    }
    default:
      return [];
  }
}

function firstName(dependency: RichDependency): string {
  const operand = 'operands' in dependency ? dependency.operands[0]! : dependency.wanted;
  return isRich(operand) ? firstName(operand) : operand.name;
}

const predictedRank = 50;
const unresolvedRank = 100;

/** How well the worst part of a resolution is provided for; 0 is best. */
function worstRank(resolution: Resolution | undefined, context: Context): number {
  switch (resolution?.kind) {
    case undefined:
      return 0;
    case 'unresolved':
      return unresolvedRank;
    case 'provided':
      return resolution.predicted === undefined
        ? originRank({ provider: resolution.provider, name: '' }, context.index, context.policy)
        : predictedRank;
    case 'all':
      return Math.max(0, ...resolution.of.map((part) => worstRank(part, context)));
    case 'if':
      return Math.max(worstRank(resolution.holds, context), worstRank(resolution.otherwise, context));
  }
}
