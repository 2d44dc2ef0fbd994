import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import { reviseGraph } from '../../toolkit/domain/graph-revise.ts';
import { isLinked } from '../../toolkit/domain/graph-seed.ts';
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
      provides: ['/bin/sh', 'gcc', 'libz.so.1()(64bit)', 'libc.so.6()(64bit)'],
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

describe('a library that the seed root has, too', () => {
  const soname = 'libz.so.1()(64bit)';
  const zlib = scan('zlib', ['gcc']);
  const kmod = scan('kmod', [], [soname, 'libc.so.6()(64bit)']);
  const user = scan('user', ['kmod']);
  const graph = buildGraph({ scans: [zlib, kmod, user], arch: 'x86_64', pools: [seed] });
  const goal = { install: [], build: ['user'] };

  it('is the local one in a build root as soon as its build has told of it', () => {
    const before = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(before.builds.at(-1)!.dependencies).toEqual(['kmod/kmod.spec#kmod']);
    const built = scan('zlib', [], [], [soname]).packages;
    const revised = reviseGraph(graph, 'zlib/zlib.spec', built);
    const after = planBuilds({ graph: revised, goal, rebuild: true, durations: new Map() });
    expect(after.builds.at(-1)!.dependencies).toEqual(['kmod/kmod.spec#kmod', 'zlib/zlib.spec#zlib']);
  });
});

describe('a policy that takes libraries from the seed root first', () => {
  const zlib = scan('zlib', [], [], ['libz.so.1()(64bit)']);
  const user = scan('user', ['libz.so.1()(64bit)']);
  const goal = { install: [], build: ['user'] };
  const dependencies = (seedFirst: boolean) => {
    const input = { scans: [zlib, user], arch: 'x86_64', pools: [seed], policy: { seedFirst } };
    const plan = planBuilds({ graph: buildGraph(input), goal, rebuild: true, durations: new Map() });
    return plan.builds.at(-1)!.dependencies;
  };

  it('builds no spec for what the seed root has', () => {
    expect(dependencies(false)).toEqual(['zlib/zlib.spec#zlib']);
    expect(dependencies(true)).toEqual([]);
  });
});

describe('isLinked', () => {
  it.each([
    ['libz.so.1(ZLIB_1.2.9)(64bit)', true],
    ['pkgconfig(zlib)', true],
    ['zlib-devel(x86-64)', true],
    ['zlib-static', true],
    ['libc.so.6(GLIBC_2.34)(64bit)', false],
    ['libgcc_s.so.1()(64bit)', false],
    ['libstdc++-devel', false],
    ['glibc-devel', false],
    ['rtld(GNU_HASH)', false],
    ['perl(Getopt::Long)', false],
    ['/usr/bin/make', false],
    ['libtool', false],
  ])('%s: %s', (capability, linked) => {
    expect(isLinked(capability)).toBe(linked);
  });
});
