import type {
  BuildNode,
  CycleBreak,
  DependencyCycle,
  DependencyGraph,
  PackageNode,
  Requirement,
  SrpmId,
} from './graph.ts';
import { certainProviders } from './graph.ts';
import type { ProviderIndex, ProviderPolicy } from './graph-providers.ts';
import { resolveRequirement } from './graph-resolve.ts';
import { inBuildRoot, type RequiresResolution } from './graph-seed.ts';
import { shortestCycle, stronglyConnectedComponents } from './scc.ts';

type Nodes = Pick<DependencyGraph, 'builds' | 'packages'>;

/** Nodes by number: builds, then packages; an edge says what `from` needs first. */
interface NumberedGraph {
  readonly ids: readonly string[];
  readonly buildCount: number;
  readonly successors: (node: number) => readonly number[];
}

function numberGraph({ builds, packages }: Nodes, resolve: RequiresResolution): NumberedGraph {
  const ids = [...builds.keys(), ...packages.keys()];
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const successors = [...builds.values(), ...packages.values()].map((node) => {
    const isBuild = !('srpm' in node);
    const local = node.requirements.flatMap((requirement) =>
      certainProviders(isBuild ? requirement.resolution : resolve(requirement)).flatMap((provider) =>
        provider.kind === 'local' ? (numbers.get(provider.package) ?? []) : [],
      ),
    );
    return [...new Set('srpm' in node ? [numbers.get(node.srpm)!, ...local] : local)];
  });
  return { ids, buildCount: builds.size, successors: (node) => successors[node]! };
}

/**
 * Breaks the cycles that no order of builds can satisfy: those through an SRPM. (Packages that require each
 * other are installed together.) In each, along a shortest cycle, the first BuildRequires that a package
 * server or the seed root can satisfy takes that instead of the local package; until none is left. What
 * cannot be broken is returned as cycles, one for each component.
 */
export function breakCycles(
  nodes: Nodes,
  index: ProviderIndex,
  policy: ProviderPolicy,
): Pick<DependencyGraph, 'builds' | 'cycles' | 'breaks'> {
  const builds = new Map(nodes.builds);
  const breaks: CycleBreak[] = [];
  const resolve = inBuildRoot(index, policy);
  for (;;) {
    const found = findCycles({ builds, packages: nodes.packages }, resolve);
    const broken = found.flatMap((cycle) => breakCycle(cycle, builds, index, policy) ?? []);
    if (broken.length === 0) {
      return { builds, cycles: found, breaks };
    }
    breaks.push(...broken);
  }
}

/** One shortest cycle through an SRPM for each strongly connected component that holds one. */
function findCycles(nodes: Nodes, resolve: RequiresResolution): readonly DependencyCycle[] {
  const graph = numberGraph(nodes, resolve);
  const cycles: DependencyCycle[] = [];
  for (const component of stronglyConnectedComponents(graph.ids.length, graph.successors)) {
    const allowed = new Set(component);
    const isCyclic = component.length > 1 || graph.successors(component[0]!).includes(component[0]!);
    const starts = isCyclic ? component.filter((node) => node < graph.buildCount) : [];
    const shortest = starts
      .map((start) => shortestCycle(start, graph.successors, allowed))
      .filter((cycle) => cycle !== undefined)
      .reduce<readonly number[] | undefined>(
        (best, cycle) => (best === undefined || cycle.length < best.length ? cycle : best),
        undefined,
      );
    if (shortest !== undefined) {
      const ids = shortest.map((node) => graph.ids[node]!);
      cycles.push({
        nodes: ids,
        edges: ids.map((id, at) => edgeText(nodes, id, ids[(at + 1) % ids.length]!)),
        componentSize: component.length,
      });
    }
  }
  return cycles.sort((a, b) => (a.nodes[0]! < b.nodes[0]! ? -1 : 1));
}

function edgeText({ builds, packages }: Nodes, from: string, to: string): string {
  if (builds.has(to)) {
    return 'built by';
  }
  return requirementTo((builds.get(from) ?? packages.get(from))!, to)?.text ?? '';
}

function requirementTo(node: BuildNode | PackageNode, to: string): Requirement | undefined {
  return node.requirements.find(({ resolution }) =>
    certainProviders(resolution).some((provider) => provider.kind === 'local' && provider.package === to),
  );
}

function breakCycle(
  cycle: DependencyCycle,
  builds: Map<SrpmId, BuildNode>,
  index: ProviderIndex,
  policy: ProviderPolicy,
): CycleBreak | undefined {
  for (const [at, id] of cycle.nodes.entries()) {
    const build = builds.get(id);
    const requirement = build && requirementTo(build, cycle.nodes[(at + 1) % cycle.nodes.length]!);
    if (build === undefined || requirement === undefined) {
      continue;
    }
    const instead = resolveRequirement(
      requirement.text,
      index,
      policy,
      ({ provider }) => provider.kind !== 'local',
    );
    const [provider] = certainProviders(instead.resolution);
    if (provider !== undefined) {
      const requirements = build.requirements.map((other) => (other === requirement ? instead : other));
      builds.set(id, { ...build, requirements });
      return { srpm: id, requirement: requirement.text, provider };
    }
  }
  return undefined;
}

/** `a -> b -> a`, with the dependencies that lead on. */
export function formatCycle({ nodes, edges }: DependencyCycle): string {
  return nodes.map((id, at) => `${id} -(${edges[at]})-> `).join('') + nodes[0]!;
}
