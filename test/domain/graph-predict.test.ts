import { describe, expect, it } from 'vitest';
import { parseCapability } from '../../toolkit/domain/capability.ts';
import type { DependencyGraph } from '../../toolkit/domain/graph.ts';
import { buildGraph, type GraphInput } from '../../toolkit/domain/graph-build.ts';
import { rankProviders } from '../../toolkit/domain/graph-providers.ts';
import { reviseGraph } from '../../toolkit/domain/graph-revise.ts';
import { planBuilds } from '../../toolkit/stages/graph-to-plan/index.ts';
import { scan, scannedPackage } from './graph-fixture.ts';

type Packages = NonNullable<Parameters<typeof scan>[1]>['packages'] & {};

function graphOf(wanted: string, packages: Packages, rest: Partial<GraphInput> = {}): DependencyGraph {
  const scans = [scan('user', { needs: [wanted] }), scan('made', { packages })];
  return buildGraph({ scans, arch: 'x86_64', pools: [], ...rest });
}

/** `PACKAGE by RULE` of the first BuildRequires of `user`. */
function answer(graph: DependencyGraph): string {
  const { resolution } = graph.builds.get('user/user.spec')!.requirements[0]!;
  return resolution.kind === 'provided'
    ? `${resolution.provider.package.replace('made/made.spec#', '')} by ${resolution.predicted ?? 'statement'}`
    : resolution.kind;
}

function files(...paths: readonly string[]) {
  return { files: paths };
}

describe('a provide that only a build reveals', () => {
  it.each<[string, Packages, string]>([
    ['pkgconfig(x)', { a: files('/usr/lib/pkgconfig/x.pc') }, 'a by file'],
    ['pkgconfig(libv4l2)', { a: files('/usr/lib64/pkgconfig/libv4l*.pc') }, 'a by file'],
    ['pkgconfig(xft)', { 'libXft-devel': {} }, 'libXft-devel by name'],
    ['pkgconfig(gtk+-3.0)', { 'gtk3-devel': {} }, 'gtk3-devel by name'],
    [
      'pkgconfig(wayland-client)',
      { 'wayland-devel': files('/usr/lib/pkgconfig/*.pc') },
      'wayland-devel by wildcard',
    ],
    ['pkgconfig(gio-2.0)', { 'other-devel': files('/usr/lib/pkgconfig/*.pc') }, 'unresolved'],
    ['perl(A::B)', { p: files('/usr/share/perl5/vendor_perl/A/B.pm') }, 'p by file'],
    ['perl(A::B)', { 'perl-A-B': {} }, 'perl-A-B by name'],
    ['perl(A::B::C)', { 'perl-A-B': files('/usr/share/perl5/vendor_perl/*') }, 'perl-A-B by family'],
    ['perl(A::B::C)', { 'perl-A-B': files('/usr/share/perl5/vendor_perl/A/B.pm') }, 'unresolved'],
    [
      'perl(LWP::Simple)',
      { 'perl-libwww-perl': files('/usr/share/perl5/vendor_perl/LWP/') },
      'perl-libwww-perl by folder',
    ],
    ['perl(:MODULE_COMPAT_5.38)', { 'perl-MODULE': {} }, 'unresolved'],
    [
      'python3dist(py-yaml)',
      { x: files('/usr/lib/python3.12/site-packages/Py_YAML-*.dist-info') },
      'x by file',
    ],
    ['python3.12dist(foo[extra])', { 'python3-Foo': {} }, 'python3-Foo by name'],
    ['rubygem(x)', { y: files('/usr/lib/ruby/gems/gems/x-1/README.md') }, 'y by file'],
    ['rubygem(x)', { 'rubygem-x': {} }, 'rubygem-x by name'],
    ['cmake(Foo)', { y: files('/usr/lib64/cmake/Foo/FooConfig.cmake') }, 'y by file'],
    ['libx.so.1()(64bit)', { y: files('/usr/lib64/libx.so.1.2') }, 'y by file'],
    ['libx.so.1(X_1)(64bit)', { y: files('/usr/lib64/libx.so.*') }, 'y by file'],
    ['libx.so.1', { y: files('/usr/lib64/libx.so.*') }, 'unresolved'],
    ['/usr/bin/tool', { tool: files('/usr/bin/*') }, 'tool by pattern'],
    ['/bin/tool', { x: files('/usr/bin/tool') }, 'x by usr-merge'],
    ['/usr/share/own/file', { x: files('/usr/share/own') }, 'x by folder'],
    ['/opt/none', { x: {} }, 'unresolved'],
    ['/etc/ssl/file', { x: files('/etc/ssl') }, 'unresolved'],
  ])('%s of %j: %s', (wanted, packages, expected) => {
    expect(answer(graphOf(wanted, packages))).toBe(expected);
  });

  it('is told by the archive that a spec is made of', () => {
    const url = 'https://files.pythonhosted.org/packages/source/P/PyYAML/PyYAML-6.0.tar.gz';
    const yaml = {
      ...scan('python-yaml', { packages: { 'python3-yaml': {} } }),
      sources: [{ url, file: 'f' }],
    };
    const user = scan('user', { needs: ['python3dist(pyyaml)'] });
    const graph = buildGraph({ scans: [user, yaml], arch: 'x86_64', pools: [] });
    expect(answer(graph)).toBe('python-yaml/python-yaml.spec#python3-yaml by source');
  });

  it('is told by what a package server has of the same name, where that is too old', () => {
    const packages = [
      {
        name: 'glib',
        evr: { epoch: 0, version: '0', release: '1' },
        provides: ['pkgconfig(gio) = 0'],
        files: [],
      },
    ];
    const pools = [{ kind: 'server', repository: 'far', priority: 1, packages } as const];
    expect(answer(graphOf('pkgconfig(gio) >= 1', { glib: {} }, { pools }))).toBe('glib by metadata');
  });

  it('is not expected of a package that is too old, or that states another version', () => {
    expect(answer(graphOf('pkgconfig(x) >= 2', { 'x-devel': {} }))).toBe('unresolved');
    const stating = { 'x-devel': { version: '3', provides: ['pkgconfig(x) = 1'] } };
    expect(answer(graphOf('pkgconfig(x) >= 2', stating))).toBe('unresolved');
  });
});

describe('a prediction', () => {
  const seed = {
    kind: 'seed',
    packages: [
      {
        name: 'seed-root',
        evr: { epoch: 0, version: '0', release: '' },
        provides: ['pkgconfig(x)'],
        files: [],
      },
    ],
  } as const;

  it('brings nothing into a plan that the seed root states', () => {
    const graph = graphOf('pkgconfig(x)', { 'x-devel': {} }, { pools: [seed] });
    const goal = { install: [], build: ['user'] };
    const plan = planBuilds({ graph, goal, rebuild: true, durations: new Map() });
    expect(plan.builds.map(({ source }) => source.name)).toEqual(['user']);
  });

  it('gives way to a preference that the profile states', () => {
    const policy = { preferred: new Map([['pkgconfig(x)', 'x-devel']]) };
    expect(answer(graphOf('pkgconfig(x)', { 'x-devel': {} }, { pools: [seed], policy }))).toBe(
      'x-devel by name',
    );
  });

  it('never makes a cycle of builds: it is given up, before anything that is stated', () => {
    const scans = [
      scan('a', { needs: ['pkgconfig(b)', 'c'] }),
      scan('b', { packages: { b: {}, 'b-devel': { requires: ['a'] } } }),
      scan('c'),
    ];
    const graph = buildGraph({ scans, arch: 'x86_64', pools: [] });
    expect(graph.cycles).toEqual([]);
    expect(graph.breaks).toEqual([]);
    expect(graph.droppedPredictions).toEqual([
      {
        node: 'a/a.spec',
        capability: 'pkgconfig(b)',
        provider: { kind: 'local', package: 'b/b.spec#b-devel', srpm: 'b/b.spec' },
        rule: 'name',
      },
    ]);
    expect(graph.unresolved).toEqual([
      { capability: 'pkgconfig(b)', capabilityKind: 'pkgconfig', wantedBy: ['a/a.spec'] },
    ]);
  });

  it('is confirmed or taken back by the build', () => {
    const before = graphOf('pkgconfig(x)', { 'x-devel': {}, 'x-libs': {} });
    const revise = (...provides: readonly string[]) =>
      answer(
        reviseGraph(before, 'made/made.spec', [
          scannedPackage('x-devel'),
          scannedPackage('x-libs', { provides, files: ['/usr/lib/pkgconfig/x.pc'] }),
        ]),
      );
    expect(answer(before)).toBe('x-devel by name');
    expect(revise('pkgconfig(x) = 1')).toBe('x-libs by statement');
    expect(revise()).toBe('unresolved');
  });

  it('goes to the next package when that of another spec does not come true', () => {
    const scans = [
      scan('user', { needs: ['pkgconfig(x)'] }),
      scan('made', { packages: { 'x-devel': { version: '2' } } }),
      scan('next', { packages: { 'libx-devel': {} } }),
    ];
    const before = buildGraph({ scans, arch: 'x86_64', pools: [] });
    expect(answer(before)).toBe('x-devel by name');
    expect(answer(reviseGraph(before, 'made/made.spec', []))).toBe('next/next.spec#libx-devel by name');
  });
});

describe('rankProviders', () => {
  it('lists all, best first, with what ranks each before the next', () => {
    const served = {
      name: 'api',
      evr: { epoch: 0, version: '3', release: '1' },
      provides: ['api'],
      files: [],
    };
    const pools = [
      { kind: 'server', repository: 'near', priority: 1, packages: [served] },
      { kind: 'server', repository: 'far', priority: 2, packages: [served] },
    ] as const;
    const scans = [
      scan('liked', { packages: { liked: { provides: ['api'] } } }),
      scan('api'),
      scan('newer', { packages: { newer: { version: '2', provides: ['api'] } } }),
      scan('b', { packages: { b: { provides: ['api'] } } }),
      scan('b', { spec: 'z/b.spec', packages: { b: { provides: ['api'] } } }),
      scan('old', { packages: { old: { version: '9', provides: ['api'] } } }),
      scan('next', { packages: { next: { obsoletes: ['old'] } } }),
    ];
    const policy = { preferred: new Map([['api', 'liked']]) };
    const { index, policy: whole } = buildGraph({ scans, arch: 'x86_64', pools, policy });
    const ranked = rankProviders(index, whole, parseCapability('api'));
    expect(ranked.map(({ candidate, because }) => [candidate.provider.package, because])).toEqual([
      ['liked/liked.spec#liked', 'preferred'],
      ['api/api.spec#api', 'own-name'],
      ['newer/newer.spec#newer', 'version'],
      ['b/b.spec#b', 'spec'],
      ['z/b.spec#b', 'obsoleted'],
      ['old/old.spec#old', 'origin'],
      ['api', 'priority'],
      ['api', undefined],
    ]);
  });
});
