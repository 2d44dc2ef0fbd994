import type {
  BuildNode,
  DependencyGraph,
  PackageId,
  PackageNode,
  Requirement,
  Resolution,
  SrpmId,
} from './graph.ts';
import { packageId } from './graph.ts';
import type { Tangle } from './graph-cycles.ts';
import type { BuildRootOverrides } from './graph-seed.ts';
import type { NodeTexts } from './graph-texts.ts';
import type { Nevra, SpecScan } from './spec.ts';

/** The nodes that a scan makes: its build, then its packages. */
export function nodeTexts({ spec, buildRequires, packages }: SpecScan): readonly NodeTexts[] {
  return [
    { id: spec, texts: unique(buildRequires) },
    ...packages.map(({ name, requires }) => ({ id: packageId(spec, name), texts: unique(requires) })),
  ];
}

type Nodes = Pick<DependencyGraph, 'builds' | 'packages'>;

/** What a text means: to a build as a BuildRequires, to a package as a Requires. */
export interface RequirementOf {
  readonly build: (text: string) => Requirement;
  readonly package: (text: string) => Requirement;
}

/** Maps of nodes that are being changed. */
export interface NodesDraft {
  readonly builds: Map<SrpmId, BuildNode>;
  readonly packages: Map<PackageId, PackageNode>;
}

/** Puts the nodes of a scan in place of what was known of its spec. */
export function putScan(nodes: NodesDraft, scan: SpecScan, requirement: RequirementOf): void {
  const { spec, source } = scan;
  const ids = scan.packages.map(({ name }) => packageId(spec, name));
  for (const id of nodes.builds.get(spec)?.packages ?? []) {
    if (!ids.includes(id)) {
      nodes.packages.delete(id);
    }
  }
  const requirements = unique(scan.buildRequires).map(requirement.build);
  nodes.builds.set(spec, { id: spec, source: nevraOf(source), packages: ids, requirements });
  for (const package_ of scan.packages) {
    const id = packageId(spec, package_.name);
    const own = unique(package_.requires).map(requirement.package);
    nodes.packages.set(id, { id, srpm: spec, nevra: nevraOf(package_), requirements: own });
  }
}

/** Resolves the requirements of a node anew: as if no cycle was broken. */
export function refreshNode(nodes: NodesDraft, id: string, requirement: RequirementOf): void {
  const build = nodes.builds.get(id);
  if (build !== undefined) {
    nodes.builds.set(id, refreshed(build, requirement.build));
  }
  const package_ = nodes.packages.get(id);
  if (package_ !== undefined) {
    nodes.packages.set(id, refreshed(package_, requirement.package));
  }
}

function refreshed<N extends BuildNode | PackageNode>(node: N, requirement: RequirementOf['build']): N {
  return { ...node, requirements: node.requirements.map(({ text }) => requirement(text)) };
}

/** Makes the builds take what breaks cycles; what packages take in build roots is returned. */
export function putTangles(
  nodes: NodesDraft,
  before: readonly Tangle[],
  after: readonly Tangle[],
  requirement: RequirementOf,
): BuildRootOverrides {
  const same = new Set(before).intersection(new Set(after));
  for (const { instead } of before.filter((tangle) => !same.has(tangle))) {
    for (const id of instead.keys()) {
      refreshNode(nodes, id, requirement);
    }
  }
  const overrides = new Map<PackageId, ReadonlyMap<string, Resolution>>();
  for (const tangle of after) {
    for (const [id, instead] of tangle.instead) {
      const build = nodes.builds.get(id);
      if (build === undefined) {
        overrides.set(id, instead);
      } else if (!same.has(tangle)) {
        const requirements = build.requirements.map((own) => {
          const resolution = instead.get(own.text);
          return resolution === undefined ? own : { text: own.text, resolution };
        });
        nodes.builds.set(id, { ...build, requirements });
      }
    }
  }
  return overrides;
}

export function nodeOf({ builds, packages }: Nodes, id: string): BuildNode | PackageNode | undefined {
  return builds.get(id) ?? packages.get(id);
}

function nevraOf({ name, epoch, version, release, arch }: Nevra): Nevra {
  return { name, epoch, version, release, arch };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
