import { describe, expect, it } from 'vitest';
import type { DependencyGraph, Provider } from '../../toolkit/domain/graph.ts';
import { certainProviders } from '../../toolkit/domain/graph.ts';
import type { GraphInput } from '../../toolkit/domain/graph-build.ts';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import { formatCycle } from '../../toolkit/domain/graph-cycles.ts';
import type { PoolPackage } from '../../toolkit/domain/graph-providers.ts';
import { reviseGraph } from '../../toolkit/domain/graph-revise.ts';
import type { SpecScan } from '../../toolkit/domain/spec.ts';
import { scan, scannedPackage } from './graph-fixture.ts';

function graphOf(scans: readonly SpecScan[], rest: Partial<GraphInput> = {}): DependencyGraph {
  return buildGraph({ scans, arch: 'x86_64', pools: [], ...rest });
}

/** Who provides the first BuildRequires of a spec. */
function providerOf(graph: DependencyGraph, name: string): string | undefined {
  const [requirement] = graph.builds.get(`${name}/${name}.spec`)!.requirements;
  const [provider] = certainProviders(requirement!.resolution);
  return provider && describeProvider(provider);
}

function describeProvider(provider: Provider): string {
  return provider.kind === 'server' ? `${provider.repository}:${provider.package}` : provider.package;
}

function pool(name: string, provides: readonly string[] = [`${name} = 9-1`]): PoolPackage {
  return { name, evr: { epoch: 0, version: '9', release: '1' }, provides, files: [] };
}

const user = scan('user', { needs: ['lib'] });
const linker = scan('linker', { needs: ['lib-devel'] });
const develOf = (version: string) => ({ packages: { 'lib-devel': { version } } });
const seed = { kind: 'seed', packages: [pool('seed-root', ['lib-devel', 'make'])] } as const;
const server = {
  kind: 'server',
  repository: 'far',
  priority: 50,
  packages: [pool('lib'), pool('lib-devel')],
} as const;

describe('the choice of a provider', () => {
  it('is a local spec, then a package server, then the seed root', () => {
    const lib = scan('lib', develOf('1'));
    expect(providerOf(graphOf([linker, lib], { pools: [seed, server] }), 'linker')).toBe(
      'lib/lib.spec#lib-devel',
    );
    expect(providerOf(graphOf([linker], { pools: [seed, server] }), 'linker')).toBe('far:lib-devel');
    expect(providerOf(graphOf([linker], { pools: [seed] }), 'linker')).toBe('seed-root');
  });

  it('is the seed root first for a program that a build runs, and never for a Requires', () => {
    const maker = scan('maker', { needs: ['make'], packages: { maker: { requires: ['make'] } } });
    const pools = [seed, { ...server, packages: [pool('make')] }];
    const graph = graphOf([maker, scan('make')], { pools });
    expect(providerOf(graph, 'maker')).toBe('seed-root');
    const [requires] = graph.packages.get('maker/maker.spec#maker')!.requirements;
    expect(certainProviders(requires!.resolution).map(describeProvider)).toEqual(['make/make.spec#make']);
  });

  it('is a package server first where nothing is to be built, or for what is named prebuilt', () => {
    const scans = [linker, scan('lib', develOf('1'))];
    const pools = [seed, server];
    expect(providerOf(graphOf(scans, { pools, policy: { preferServers: true } }), 'linker')).toBe(
      'far:lib-devel',
    );
    const policy = { prebuilt: new Set(['lib-devel']) };
    expect(providerOf(graphOf(scans, { pools, policy }), 'linker')).toBe('far:lib-devel');
  });

  it('is the server with the lowest priority number', () => {
    const near = { ...server, repository: 'near', priority: 10, packages: [pool('lib', ['lib = 1-1'])] };
    expect(providerOf(graphOf([user], { pools: [server, near] }), 'user')).toBe('near:lib');
  });

  it('among local packages is the one named like the capability, then the newest, then the first by name', () => {
    const other = scan('other', { packages: { other: { version: '7', provides: ['lib = 7'] } } });
    expect(providerOf(graphOf([user, other, scan('lib')]), 'user')).toBe('lib/lib.spec#lib');
    const newer = scan('newer', { packages: { newer: { version: '8', provides: ['lib = 8'] } } });
    expect(providerOf(graphOf([user, other, newer]), 'user')).toBe('newer/newer.spec#newer');
    const same = scan('alike', { packages: { alike: { version: '7', provides: ['lib = 7'] } } });
    expect(providerOf(graphOf([user, other, same]), 'user')).toBe('alike/alike.spec#alike');
  });

  it('is not a package that another obsoletes', () => {
    const next = scan('next', { packages: { next: { provides: ['lib = 2'], obsoletes: ['lib < 2'] } } });
    expect(providerOf(graphOf([user, scan('lib'), next]), 'user')).toBe('next/next.spec#next');
  });

  it('respects the version that is asked for', () => {
    const picky = scan('picky', { needs: ['lib >= 2'] });
    const graph = graphOf([picky, scan('lib')]);
    expect(providerOf(graph, 'picky')).toBeUndefined();
    expect(graph.unresolved).toEqual([
      { capability: 'lib >= 2', capabilityKind: 'name', wantedBy: ['picky/picky.spec'] },
    ]);
  });

  it('finds files by path and by the globs of %files', () => {
    const shell = scan('shell', { packages: { shell: { files: ['/usr/bin/{sh,bash}', '/usr/lib/x*'] } } });
    expect(providerOf(graphOf([scan('u', { needs: ['/usr/bin/sh'] }), shell]), 'u')).toBe(
      'shell/shell.spec#shell',
    );
    expect(providerOf(graphOf([scan('u', { needs: ['/usr/lib/z/y'] }), shell]), 'u')).toBeUndefined();
  });

  it('does not depend on the order of the input', () => {
    const scans = [user, scan('lib'), scan('other', { packages: { other: { provides: ['lib'] } } })];
    const there = graphOf(scans);
    const back = graphOf(scans.toReversed());
    expect([...back.builds]).toEqual([...there.builds]);
    expect([...back.packages]).toEqual([...there.packages]);
  });
});

describe('rich dependencies', () => {
  it('take the alternative that is local, else the first written', () => {
    expect(providerOf(graphOf([scan('u', { needs: ['(gone or lib)'] }), scan('lib')]), 'u')).toBe(
      'lib/lib.spec#lib',
    );
    const both = [scan('u', { needs: ['(b or a)'] }), scan('a'), scan('b')];
    expect(providerOf(graphOf(both), 'u')).toBe('b/b.spec#b');
  });

  it('want one package for both sides of with', () => {
    const old = scan('old', { packages: { old: { provides: ['api = 1'] } } });
    const fresh = scan('fresh', { packages: { fresh: { provides: ['api = 3'] } } });
    const graph = graphOf([scan('u', { needs: ['(api >= 1 with api < 2)'] }), old, fresh]);
    expect(providerOf(graph, 'u')).toBe('old/old.spec#old');
  });

  it('that rpm would refuse are unresolved and take nothing down', () => {
    const graph = graphOf([scan('u', { needs: ['(a or', 'lib'] }), scan('lib')]);
    expect(graph.unresolved.map(({ capability }) => capability)).toEqual(['(a or']);
  });
});

describe('cycles', () => {
  const a = scan('a', { needs: ['b'] });
  const b = scan('b', { packages: { b: { requires: ['c'] } } });
  const c = scan('c', { needs: ['a'] });

  it('through builds are told with what leads on', () => {
    const graph = graphOf([a, b, c]);
    expect(graph.cycles.map(formatCycle)).toEqual([
      'a/a.spec -(b)-> b/b.spec#b -(c)-> c/c.spec#c -(built by)-> c/c.spec -(a)-> a/a.spec#a -(built by)-> a/a.spec',
    ]);
  });

  it('between packages alone, and packages that require themselves, are none', () => {
    const left = scan('left', { packages: { left: { requires: ['right', 'left'] } } });
    const right = scan('right', { packages: { right: { requires: ['left'] } } });
    expect(graphOf([left, right, scan('u', { needs: ['left'] })]).cycles).toEqual([]);
  });

  it('are broken by a prebuilt package', () => {
    const graph = graphOf([a, b, c], { pools: [{ ...server, packages: [pool('a')] }] });
    expect(graph.cycles).toEqual([]);
    expect(graph.breaks).toEqual([
      { srpm: 'c/c.spec', requirement: 'a', provider: { kind: 'server', repository: 'far', package: 'a' } },
    ]);
  });

  it('of a spec that needs itself are broken by the seed root', () => {
    const gcc = scan('gcc', { needs: ['gcc'] });
    expect(graphOf([gcc]).cycles.map(({ nodes }) => nodes)).toEqual([['gcc/gcc.spec', 'gcc/gcc.spec#gcc']]);
    const pools = [{ kind: 'seed', packages: [pool('seed-root', ['gcc'])] } as const];
    expect(graphOf([gcc], { pools }).cycles).toEqual([]);
  });

  it('of 500 specs are one', () => {
    const ring = Array.from({ length: 500 }, (_, at) => scan(`r${at}`, { needs: [`r${(at + 1) % 500}`] }));
    const graph = graphOf(ring);
    expect(graph.cycles.map(({ componentSize, nodes }) => [componentSize, nodes.length])).toEqual([
      [1000, 1000],
    ]);
  });
});

describe('the graph of odd specs', () => {
  it('leaves out specs for other architectures', () => {
    expect(graphOf([scan('arm', { exclusiveArch: ['aarch64'] })]).excluded).toEqual(['arm/arm.spec']);
  });

  it('tells of packages with one NEVRA', () => {
    const graph = graphOf([scan('x'), scan('x', { spec: 'y/x.spec' })]);
    expect(graph.duplicates).toEqual([{ nevra: 'x-1-1.x86_64', specs: ['x/x.spec', 'y/x.spec'] }]);
  });

  it('keeps failures', () => {
    const failure = { spec: 'bad/bad.spec', error: { message: 'no', file: 'bad/bad.spec', line: 1 } };
    expect(buildGraph({ scans: [failure], arch: 'x86_64', pools: [] }).failures).toEqual([failure]);
  });
});

describe('reviseGraph', () => {
  const scans = [scan('user', { needs: ['api(lib)'] }), scan('lib'), scan('far', { needs: ['lib'] })];
  const built = [scannedPackage('lib', { provides: ['api(lib) = 1'], requires: ['extra'] })];

  it('resolves what a build revealed, and leaves the old graph alone', () => {
    const before = graphOf(scans);
    const after = reviseGraph(before, 'lib/lib.spec', built);
    expect(before.unresolved.map(({ capability }) => capability)).toEqual(['api(lib)']);
    expect(after.unresolved.map(({ capability }) => capability)).toEqual(['extra']);
    expect(providerOf(after, 'user')).toBe('lib/lib.spec#lib');
    expect(providerOf(before, 'user')).toBeUndefined();
  });

  it('gives the graph that the truth would have given at once', () => {
    const revised = reviseGraph(graphOf(scans), 'lib/lib.spec', built);
    const atOnce = graphOf(
      scans.map((one) => (one.source.name === 'lib' ? { ...one, packages: built } : one)),
    );
    expect([...revised.builds]).toEqual([...atOnce.builds]);
    expect([...revised.packages]).toEqual([...atOnce.packages]);
    expect(revised.unresolved).toEqual(atOnce.unresolved);
  });

  it('takes back what a build did not deliver', () => {
    const revised = reviseGraph(graphOf(scans), 'lib/lib.spec', []);
    expect(revised.unresolved.map(({ capability }) => capability)).toEqual(['api(lib)', 'lib']);
  });
});
