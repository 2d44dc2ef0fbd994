import type { DependencyGraph, PackageId, Requirement, Resolution, SrpmId } from '../graph.ts';
import { inBuildRootOf, type RequiresResolution } from '../graph-seed.ts';
import { providerId, unresolvedId } from './node.ts';

/** Why one node leads to another. */
export type EdgeKind = 'goal' | 'build-requires' | 'requires' | 'built-by';

/** One dependency: `from` needs `to`. */
export interface AnswerEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** The dependency as rpm writes it; empty for what is not written as one. */
  readonly text: string;
  /** Whether it counts only where the condition of a rich dependency holds. */
  readonly isConditional: boolean;
  /** Whether it is only predicted that `to` provides it. */
  readonly isPredicted: boolean;
}

/** The edges of a graph, node by node. */
export interface EdgeSource {
  /** What the build of an SRPM needs in its root. */
  ofBuild(id: SrpmId): readonly AnswerEdge[];
  /** What a package needs where it is installed, and the SRPM that makes it. */
  ofPackage(id: PackageId, where: 'installed' | 'build-root'): readonly AnswerEdge[];
}

/** Edges are made when they are asked for, and in the order in which specs write their dependencies. */
export function edgeSource(
  graph: Pick<DependencyGraph, 'builds' | 'packages' | 'index' | 'policy' | 'buildRootOverrides'>,
): EdgeSource {
  const resolve = inBuildRootOf(graph);
  const asWritten: RequiresResolution = ({ resolution }) => resolution;
  return {
    ofBuild: (id) => requirementEdges(id, 'build-requires', graph.builds.get(id)?.requirements, asWritten),
    ofPackage: (id, where) => {
      const package_ = graph.packages.get(id);
      if (package_ === undefined) return [];
      const how = where === 'installed' ? asWritten : resolve;
      return [
        { ...plain, from: id, to: package_.srpm, kind: 'built-by', text: '' },
        ...requirementEdges(id, 'requires', package_.requirements, how),
      ];
    },
  };
}

const plain = { isConditional: false, isPredicted: false };

function requirementEdges(
  from: string,
  kind: EdgeKind,
  requirements: readonly Requirement[] = [],
  resolve: RequiresResolution,
): readonly AnswerEdge[] {
  return requirements.flatMap((requirement) =>
    resolutionTargets(resolve(requirement, from)).map((target) => ({
      from,
      kind,
      text: requirement.text,
      ...target,
    })),
  );
}

/** Where a resolution leads: every leaf, also those that a condition decides about. */
export function resolutionTargets(
  resolution: Resolution,
  isConditional = false,
): readonly Pick<AnswerEdge, 'to' | 'isConditional' | 'isPredicted'>[] {
  switch (resolution.kind) {
    case 'all':
      return resolution.of.flatMap((part) => resolutionTargets(part, isConditional));
    case 'if':
      return [resolution.holds, resolution.otherwise].flatMap((branch) =>
        branch === undefined ? [] : resolutionTargets(branch, true),
      );
    case 'provided':
      return [
        {
          to: providerId(resolution.provider, resolution.capability),
          isConditional,
          isPredicted: resolution.predicted !== undefined,
        },
      ];
    case 'unresolved':
      return [{ to: unresolvedId(resolution.capability), isConditional, isPredicted: false }];
  }
}

/** Edges by the node they lead to. */
export function byTarget(edges: Iterable<AnswerEdge>): ReadonlyMap<string, readonly AnswerEdge[]> {
  return Map.groupBy(edges, ({ to }) => to);
}

/** Every edge of a graph: what builds and packages need, and who makes each package. */
export function allEdges(
  graph: Pick<DependencyGraph, 'builds' | 'packages' | 'index' | 'policy' | 'buildRootOverrides'>,
  where: 'installed' | 'build-root',
): readonly AnswerEdge[] {
  const source = edgeSource(graph);
  return [
    ...[...graph.builds.keys()].flatMap((id) => source.ofBuild(id)),
    ...[...graph.packages.keys()].flatMap((id) => source.ofPackage(id, where)),
  ];
}
