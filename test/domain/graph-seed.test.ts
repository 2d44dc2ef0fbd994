import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import type { SpecScan } from '../../toolkit/domain/spec.ts';
import { planBuilds } from '../../toolkit/stages/graph-to-plan/index.ts';

function scan(
  name: string,
  buildRequires: string[],
  requires: string[] = [],
  provides: string[] = [],
): SpecScan {
  const nevra = { name, epoch: 0, version: '1', release: '1', arch: 'x86_64' };
  const lists = { recommends: [], obsoletes: [], conflicts: [], files: [] };
  return {
    ...{ spec: `${name}/${name}.spec`, source: nevra, buildRequires, exclusiveArch: [], excludeArch: [] },
    packages: [{ ...nevra, ...lists, provides: [`${name} = 1-1`, ...provides], requires }],
    ...{ sources: [], patches: [], hasCheck: false, hasGenerateBuildRequires: false, warnings: [] },
  };
}

const seed = {
  kind: 'seed',
  packages: [
    {
      name: 'seed-root',
      evr: { epoch: 0, version: '0', release: '' },
      provides: ['/bin/sh', 'gcc'],
      files: [],
    },
  ],
} as const;

describe('Requires inside a build root', () => {
  const musl = scan('musl', ['gcc'], ['/bin/sh']);
  const shell = scan('shell', ['musl'], [], ['/bin/sh']);
  const graph = buildGraph({ scans: [musl, shell], arch: 'x86_64', pools: [seed] });

  it('are met by the seed root, which is installed there: no cycle through the local shell', () => {
    expect(graph.cycles).toEqual([]);
    const goal = { install: [], build: ['shell'] };
    const plan = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(plan.builds.map(({ source }) => source.name)).toEqual(['musl', 'shell']);
    expect(plan.builds[1]!.dependencies).toEqual(['musl/musl.spec#musl']);
  });

  it('are met by the local shell in an image, which has no seed root', () => {
    const goal = { install: ['musl'], build: [] };
    const plan = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(plan.install).toEqual(['musl/musl.spec#musl', 'shell/shell.spec#shell']);
  });
});
