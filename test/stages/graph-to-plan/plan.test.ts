import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../toolkit/domain/graph-build.ts';
import type { ProviderPool } from '../../../toolkit/domain/graph-providers.ts';
import { seedPool, serverPool } from '../../../toolkit/domain/pools.ts';
import type { SpecScan } from '../../../toolkit/domain/spec.ts';
import { findSrpm, planBuilds } from '../../../toolkit/stages/graph-to-plan/index.ts';
import { scan } from '../../domain/graph-fixture.ts';

interface Options {
  readonly install?: readonly string[];
  readonly build?: readonly string[];
  readonly pools?: readonly ProviderPool[];
  readonly rebuild?: boolean;
  readonly durations?: ReadonlyMap<string, number>;
}

function plan(scans: readonly SpecScan[], options: Options) {
  const { pools = [], install = [], build = [], rebuild = true, durations = new Map() } = options;
  const graph = buildGraph({ scans, arch: 'x86_64', pools, policy: { preferServers: !rebuild } });
  return planBuilds({ graph, goal: { install, build }, rebuild, durations });
}

const names = (planned: ReturnType<typeof plan>) => planned.builds.map(({ source }) => source.name);

const distribution = [
  scan('app', { needs: ['lib-devel', 'tool'], packages: { app: { requires: ['lib', '/etc/conf'] } } }),
  scan('lib', { packages: { lib: {}, 'lib-devel': { requires: ['lib'] } } }),
  scan('tool', { needs: ['lib-devel'], packages: { tool: { requires: ['helper'] } } }),
  scan('helper'),
  scan('conf', { packages: { conf: { files: ['/etc/conf'] } } }),
  scan('unrelated', { needs: ['tool'] }),
];

describe('planBuilds', () => {
  it('builds only what the goal needs, what is needed first', () => {
    const planned = plan(distribution, { install: ['app'] });
    expect(names(planned).toSorted()).toEqual(['app', 'conf', 'helper', 'lib', 'tool']);
    for (const build of planned.builds) {
      for (const first of build.waitsOn) {
        const order = planned.builds.map(({ srpm }) => srpm);
        expect(order.indexOf(first)).toBeLessThan(order.indexOf(build.srpm));
      }
    }
    expect(planned.install).toEqual(['app/app.spec#app', 'conf/conf.spec#conf', 'lib/lib.spec#lib']);
  });

  it('waits for the Requires of what is in the build root too', () => {
    const app = plan(distribution, { build: ['app'] }).builds.find(({ source }) => source.name === 'app');
    expect(app?.waitsOn).toEqual(['helper/helper.spec', 'lib/lib.spec', 'tool/tool.spec']);
    expect(app?.dependencies).toContain('helper/helper.spec#helper');
  });

  it('starts with what has the longest way behind it', () => {
    const durations = new Map(Object.entries({ app: 10, lib: 100, tool: 1000, helper: 1, conf: 5 }));
    const planned = plan(distribution, { install: ['app'], durations });
    const priority = Object.fromEntries(
      planned.builds.map(({ source, priority: own }) => [source.name, own]),
    );
    expect(priority).toEqual({ app: 10, tool: 1010, lib: 1110, helper: 11, conf: 5 });
  });

  it('tells who wants what from servers and from the seed root', () => {
    const served = {
      name: 'served',
      epoch: 0,
      version: '1',
      release: '1',
      provides: [{ name: 'served' }],
      files: [],
    };
    const pools = [serverPool('far', 1, [served]), seedPool(['gcc', '/bin/sh'])];
    const app = scan('app', {
      needs: ['gcc', 'served'],
      packages: { app: { requires: ['/bin/sh', 'ghost'] } },
    });
    const planned = plan([app], { install: ['app'], pools });
    expect(planned.fromServers.map(({ capability, wantedBy }) => [capability, wantedBy])).toEqual([
      ['served', ['app/app.spec']],
    ]);
    expect(planned.fromSeed.map(({ capability, wantedBy }) => [capability, wantedBy])).toEqual([
      ['/bin/sh', ['app/app.spec#app']],
      ['gcc', ['app/app.spec']],
    ]);
    expect(planned.unresolved).toEqual([{ capability: 'ghost', wantedBy: ['app/app.spec#app'] }]);
  });

  it('decides conditions by what is in the set', () => {
    const app = scan('app', { packages: { app: { requires: ['(extra if gui)'] } } });
    const scans = [app, scan('gui'), scan('extra')];
    expect(names(plan(scans, { install: ['app'] }))).toEqual(['app']);
    expect(names(plan(scans, { install: ['app', 'gui'] })).toSorted()).toEqual(['app', 'extra', 'gui']);
  });

  it('takes no second provider of what the installation has already', () => {
    const scans = [
      scan('init', { packages: { init: { requires: ['/bin/sh', 'small'] } } }),
      scan('small', { packages: { small: { provides: ['/bin/sh'] } } }),
      scan('big', { packages: { big: { provides: ['/bin/sh'], requires: ['lib'] } } }),
      scan('lib'),
    ];
    expect(names(plan(scans, { install: ['init'] })).toSorted()).toEqual(['init', 'small']);
    expect(names(plan(scans, { install: ['init', 'big'] })).toSorted()).toEqual([
      'big',
      'init',
      'lib',
      'small',
    ]);
    const withoutSmall = scan('init', { packages: { init: { requires: ['/bin/sh'] } } });
    expect(names(plan([withoutSmall, ...scans.slice(1)], { install: ['init'] })).toSorted()).toEqual([
      'big',
      'init',
      'lib',
    ]);
  });

  it('lets the seed root stand in for nothing in an image', () => {
    const scans = [
      // The seed root states what a build of `libc` has yet to show.
      scan('app', { packages: { app: { requires: ['rtld', 'libc.so.6()(64bit)', 'grep'] } } }),
      scan('grep'),
      scan('libc', { packages: { libc: { provides: ['libc.so.6()(64bit)'] } } }),
    ];
    const pools = [seedPool(['rtld', 'libc.so.6()(64bit)', 'grep'])];
    const planned = plan(scans, { install: ['app'], pools });
    expect(planned.install).toEqual(['app/app.spec#app', 'grep/grep.spec#grep', 'libc/libc.spec#libc']);
    // Nobody else has it: the install will say so.
    expect(planned.fromSeed.map(({ capability }) => capability)).toEqual(['rtld']);
  });

  it('builds nothing where nothing is to be rebuilt', () => {
    const served = {
      name: 'app',
      epoch: 0,
      version: '1',
      release: '1',
      provides: [{ name: 'app' }],
      files: [],
    };
    const planned = plan(distribution, {
      install: ['app'],
      pools: [serverPool('far', 1, [served])],
      rebuild: false,
    });
    expect(planned.builds).toEqual([]);
    expect(planned.fromServers.map(({ capability }) => capability)).toEqual(['app']);
    expect(plan(distribution, { install: ['app'], rebuild: false }).unresolved).toEqual([
      { capability: 'app', wantedBy: ['goal'] },
    ]);
  });

  it('keeps builds that wait for each other, and what waits for them, apart from the others', () => {
    const scans = [
      ...[scan('a', { needs: ['b'] }), scan('b', { needs: ['a'] })],
      ...[scan('blocked', { needs: ['a', 'c'] }), scan('c')],
    ];
    const planned = plan(scans, { build: ['blocked', 'c'] });
    expect(names(planned)).toEqual(['c']);
    expect(planned.cycles).toMatchObject([
      {
        srpms: ['a/a.spec', 'b/b.spec'],
        text: 'a/a.spec -(b)-> b/b.spec#b -(built by)-> b/b.spec -(a)-> a/a.spec#a -(built by)-> a/a.spec',
      },
    ]);
  });

  it('names the nearest spec when there is none of a name', () => {
    expect(() => plan(distribution, { build: ['helpr'] })).toThrow(
      expect.objectContaining({ code: 'PLAN_UNKNOWN_PACKAGE', hint: 'Did you mean helper?' }),
    );
  });

  it('says of a name whose spec was left out why that was', () => {
    const unreadable = { spec: 'bad/bad.spec', error: { message: 'no %files', file: 'bad.spec', line: 3 } };
    const scans = [scan('arm', { exclusiveArch: ['aarch64'] }), scan('farm'), unreadable];
    const graph = buildGraph({ scans, arch: 'x86_64', pools: [] });
    expect(() => findSrpm(graph, 'arm')).toThrow(expect.objectContaining({ code: 'PLAN_OTHER_ARCH' }));
    expect(() => findSrpm(graph, 'bad')).toThrow('bad/bad.spec cannot be read: no %files');
    expect(() => findSrpm(graph, 'ad')).toThrow(expect.objectContaining({ code: 'PLAN_UNKNOWN_PACKAGE' }));
  });

  it('does not depend on the order of the input', () => {
    const forward = plan(distribution, { install: ['app'] });
    expect(plan(distribution.toReversed(), { install: ['app'] })).toEqual(forward);
  });
});
