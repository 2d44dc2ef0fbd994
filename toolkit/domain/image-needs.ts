import { type Capability, parseCapability, satisfies } from './capability.ts';
import type { RpmPackage } from './package.ts';
import { formatRelation } from './relation.ts';
import { type Dependency, isRich, isSatisfied, parseDependency } from './richdep.ts';
import { formatNevra } from './spec.ts';
import { byCodeUnit } from './text.ts';

type Providers = (capability: Capability) => ReadonlySet<string>;

/**
 * What each installed package needs of the others: NEVRAs of those that meet its requires, sorted, without
 * itself. Where several meet one, all are named. Throws `DEPENDENCY_SYNTAX`.
 */
export function installedNeeds(
  packages: readonly Pick<
    RpmPackage,
    'name' | 'epoch' | 'version' | 'release' | 'arch' | 'provides' | 'requires' | 'files'
  >[],
): ReadonlyMap<string, readonly string[]> {
  const providers = indexProviders(packages);
  return new Map(
    packages.map((one) => {
      const own = formatNevra(one);
      const found = new Set<string>();
      for (const relation of one.requires) {
        for (const nevra of meeting(parseDependency(formatRelation(relation)), providers)) found.add(nevra);
      }
      found.delete(own);
      return [own, [...found].sort(byCodeUnit)];
    }),
  );
}

function indexProviders(packages: Parameters<typeof installedNeeds>[0]): Providers {
  const offers = new Map<string, { readonly capability: Capability; readonly nevra: string }[]>();
  const offer = (capability: Capability, nevra: string) => {
    const known = offers.get(capability.name);
    if (known === undefined) offers.set(capability.name, [{ capability, nevra }]);
    else known.push({ capability, nevra });
  };
  for (const one of packages) {
    const nevra = formatNevra(one);
    for (const relation of one.provides) offer(parseCapability(formatRelation(relation)), nevra);
    for (const { path } of one.files) offer({ name: path }, nevra);
  }
  return (wanted) => {
    const all = offers.get(wanted.name) ?? [];
    return new Set(all.filter(({ capability }) => satisfies(capability, wanted)).map(({ nevra }) => nevra));
  };
}

/** The packages by which a dependency holds; none where it does not hold, or holds without any. */
function meeting(dependency: Dependency, providers: Providers): ReadonlySet<string> {
  if (!isRich(dependency)) return providers(dependency);
  switch (dependency.operator) {
    case 'and':
    case 'or':
      return union(dependency.operands, providers);
    case 'with':
      return dependency.operands
        .map((operand) => meeting(operand, providers))
        .reduce((all, some) => all.intersection(some));
    case 'without':
      return meeting(dependency.wanted, providers).difference(meeting(dependency.unwanted, providers));
    default: {
      const holds = isSatisfied(dependency.condition, providers);
      const chosen = holds === (dependency.operator === 'if') ? dependency.wanted : dependency.otherwise;
      return chosen === undefined ? new Set() : meeting(chosen, providers);
    }
  }
}

function union(operands: readonly Dependency[], providers: Providers): ReadonlySet<string> {
  return operands.reduce<ReadonlySet<string>>(
    (all, operand) => all.union(meeting(operand, providers)),
    new Set(),
  );
}
