import type { DependencyGraph, Requirement, SrpmId } from './graph.ts';
import { assemble, localPackages, obsoletedPackages } from './graph-build.ts';
import { updateIndex } from './graph-providers.ts';
import type { Dependency } from './richdep.ts';
import { isRich, parseDependency } from './richdep.ts';
import type { ScannedPackage, SpecScan } from './spec.ts';

/**
 * The graph after a build told what its packages really provide, require and hold. `built` replaces what
 * was known of the SRPM's packages. Only dependencies that name something that the SRPM provided before or
 * provides now are resolved again. Pure: the old graph stays as it is.
 */
export function reviseGraph(
  graph: DependencyGraph,
  srpm: SrpmId,
  built: readonly ScannedPackage[],
): DependencyGraph {
  const before = graph.scans.get(srpm);
  if (before === undefined) {
    throw new Error(`not in the graph: ${srpm}`);
  }
  const after: SpecScan = { ...before, packages: built };
  const scans = new Map(graph.scans).set(srpm, after);
  const index = updateIndex(graph.index, localPackages(after), srpm, obsoletedPackages(scans));
  const known = new Map<string, Requirement>();
  const broken = new Set(graph.breaks.map(({ requirement }) => requirement));
  for (const { requirements } of [...graph.builds.values(), ...graph.packages.values()]) {
    for (const requirement of requirements) {
      known.set(requirement.text, requirement);
    }
  }
  const touched = namesOf([...before.packages, ...built]);
  const reuse = (text: string): Requirement | undefined => {
    const requirement = known.get(text);
    return requirement === undefined || broken.has(text) || mentions(text, touched) ? undefined : requirement;
  };
  const { failures, excluded, policy } = graph;
  return assemble({ scans, index, policy, failures, excluded }, reuse);
}

interface Touched {
  readonly names: ReadonlySet<string>;
  readonly files: boolean;
}

function namesOf(packages: readonly ScannedPackage[]): Touched {
  const names = packages.flatMap(({ name, provides, files }) => [
    name,
    ...provides.map((text) => text.split(' ', 1)[0]!),
    ...files,
  ]);
  return { names: new Set(names), files: packages.some(({ files }) => files.length > 0) };
}

function mentions(text: string, touched: Touched): boolean {
  let dependency: Dependency;
  try {
    dependency = parseDependency(text);
  } catch {
    return true;
  }
  return (
    isRich(dependency) ||
    touched.names.has(dependency.name) ||
    (touched.files && dependency.name.startsWith('/'))
  );
}
