import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import type { ProviderPolicy, ProviderPool } from '../../toolkit/domain/graph-providers.ts';
import { planBuilds } from '../../toolkit/stages/graph-to-plan/index.ts';
import { scan } from './graph-fixture.ts';
import { randomNumbers } from './random.ts';

const scans = [
  scan('compiler', { needs: ['compiler', 'library'] }),
  scan('library', { needs: ['compiler'] }),
  scan('tool', { packages: { tool: { requires: ['script'] } } }),
  scan('script', { needs: ['tool'] }),
];

function graphOf(policy: Partial<ProviderPolicy>, pools: readonly ProviderPool[] = []) {
  return buildGraph({ scans, arch: 'x86_64', pools, policy });
}

function served(...names: readonly string[]): ProviderPool {
  const packages = names.map((name) => ({
    name,
    evr: { epoch: 0, version: '9', release: '1' },
    provides: [`${name} = 9-1`],
    files: [],
  }));
  return { kind: 'server', repository: 'far', priority: 50, packages };
}

describe('a prebuilt package', () => {
  it('that nobody has breaks cycles, and is asked for by the plan', () => {
    const graph = graphOf({ prebuilt: new Set(['compiler', 'script']) });
    expect(graph.cycles).toEqual([]);
    const provider = { kind: 'prebuilt', package: 'compiler' };
    expect(graph.breaks).toEqual([
      { srpm: 'compiler/compiler.spec', requirement: 'compiler', provider },
      { srpm: 'library/library.spec', requirement: 'compiler', provider },
      {
        srpm: 'tool/tool.spec',
        package: 'tool/tool.spec#tool',
        requirement: 'script',
        provider: { kind: 'prebuilt', package: 'script' },
      },
    ]);
    const goal = { install: ['tool'], build: ['compiler'] };
    const plan = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(plan.prebuilt.map((need) => [need.provider.package, need.wantedBy])).toEqual([
      ['compiler', ['compiler/compiler.spec', 'library/library.spec']],
      ['script', ['tool/tool.spec#tool']],
    ]);
    expect(plan.builds.map(({ source }) => source.name).sort()).toEqual([
      'compiler',
      'library',
      'script',
      'tool',
    ]);
    expect(plan.install).toContain('script/script.spec#script');
  });

  it('that nobody has is built like any other where there is no cycle', () => {
    const graph = buildGraph({
      scans: [scan('user', { needs: ['library'] }), scan('library')],
      arch: 'x86_64',
      pools: [],
      policy: { prebuilt: new Set(['library']) },
    });
    expect(graph.breaks).toEqual([]);
    const goal = { install: [], build: ['user'] };
    const plan = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(plan.builds.map(({ source }) => source.name)).toEqual(['library', 'user']);
  });

  it('of a package server is taken for a Requires in build roots, and only there', () => {
    const graph = graphOf({ prebuilt: new Set(['compiler']) }, [served('compiler', 'script')]);
    expect(graph.cycles).toEqual([]);
    expect(graph.breaks.map((one) => [one.package ?? one.srpm, one.requirement])).toEqual([
      ['tool/tool.spec#tool', 'script'],
    ]);
    const goal = { install: ['tool'], build: ['script'] };
    const plan = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(plan.install).toEqual(['script/script.spec#script', 'tool/tool.spec#tool']);
    expect(plan.builds.map(({ source }) => source.name)).toEqual(['tool', 'script']);
  });

  it('is not preferred to a local one of another name', () => {
    const alike = { packages: { b: { version: '1', provides: ['api'] } } };
    const local = [
      scan('user', { needs: ['api'] }),
      scan('a', { packages: { a: { provides: ['api'] } } }),
      scan('b', alike),
    ];
    const providers = (prebuilt: readonly string[]) =>
      buildGraph({
        scans: local,
        arch: 'x86_64',
        pools: [],
        policy: { prebuilt: new Set(prebuilt) },
      }).builds.get('user/user.spec')!.requirements;
    expect(providers(['a'])).toEqual(providers([]));
  });
});

describe('what would break a cycle', () => {
  it('is proposed as packages, with who would take them and how many builds that frees', () => {
    const [cycle, ...others] = graphOf({}).cycles;
    expect(cycle).toMatchObject({
      srpms: ['compiler/compiler.spec', 'library/library.spec'],
      cut: [
        {
          srpm: 'compiler/compiler.spec',
          packages: ['compiler'],
          dependencies: ['compiler/compiler.spec: compiler', 'library/library.spec: compiler'],
          frees: 2,
        },
      ],
    });
    expect(others.map(({ srpms }) => srpms)).toEqual([['script/script.spec']]);
  });

  it('does break all cycles when it is named prebuilt, on random graphs', () => {
    const random = randomNumbers(9);
    for (let round = 0; round < 40; round += 1) {
      const count = 3 + random(12);
      const some = (most: number) => Array.from({ length: random(most) }, () => `p${random(count)}`);
      const specs = Array.from({ length: count }, (_, at) =>
        scan(`p${at}`, { needs: some(4), packages: { [`p${at}`]: { requires: some(3) } } }),
      );
      const graph = buildGraph({ scans: specs, arch: 'x86_64', pools: [] });
      const prebuilt = new Set(graph.cycles.flatMap(({ cut }) => cut.flatMap(({ packages }) => packages)));
      const mended = buildGraph({ scans: specs, arch: 'x86_64', pools: [], policy: { prebuilt } });
      expect(mended.cycles).toEqual([]);
      const goal = { install: [], build: specs.map(({ source }) => source.name) };
      const plan = planBuilds({ graph: mended, goal, rebuild: true, durations: new Map() });
      expect(plan.builds).toHaveLength(count);
    }
  });

  it('is found for a component of 500 specs that need three others each', () => {
    const random = randomNumbers(13);
    const specs = Array.from({ length: 500 }, (_, at) =>
      scan(`p${at}`, {
        needs: [`p${(at + 1) % 500}`, `p${random(500)}`, `p${random(500)}`],
      }),
    );
    const [cycle] = buildGraph({ scans: specs, arch: 'x86_64', pools: [] }).cycles;
    expect(cycle!.srpms).toHaveLength(500);
    expect(cycle!.cut.reduce((sum, { frees }) => sum + frees, 0)).toBe(500);
    const pools = [served(...specs.map(({ source }) => source.name))];
    expect(buildGraph({ scans: specs, arch: 'x86_64', pools }).cycles).toEqual([]);
  });
});
