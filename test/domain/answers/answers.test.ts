import { describe, expect, it } from 'vitest';
import { cyclesOf } from '../../../toolkit/domain/answers/cycles.ts';
import { graphDocument } from '../../../toolkit/domain/answers/document.ts';
import { findSubject } from '../../../toolkit/domain/answers/find.ts';
import { neededBy, needsOf } from '../../../toolkit/domain/answers/needs.ts';
import { providersOf } from '../../../toolkit/domain/answers/providers.ts';
import { whatIfChanged } from '../../../toolkit/domain/answers/what-if.ts';
import { type ChainStart, whyNeeded } from '../../../toolkit/domain/answers/why.ts';
import type { DependencyGraph } from '../../../toolkit/domain/graph.ts';
import { buildGraph } from '../../../toolkit/domain/graph-build.ts';
import type { ProviderPool } from '../../../toolkit/domain/graph-providers.ts';
import type { SpecScanResult } from '../../../toolkit/domain/spec.ts';
import { scan } from '../graph-fixture.ts';

const pools: readonly ProviderPool[] = [
  {
    kind: 'server',
    repository: 'far',
    priority: 50,
    packages: [
      { name: 'cmake', evr: { epoch: 0, version: '3', release: '1' }, provides: ['cmake = 3-1'], files: [] },
    ],
  },
  {
    kind: 'seed',
    packages: [
      {
        name: 'seed-root',
        evr: { epoch: 0, version: '0', release: '' },
        provides: ['gcc = 14', '/bin/sh'],
        files: [],
      },
    ],
  },
];

const scans: readonly SpecScanResult[] = [
  scan('zlib', {
    needs: ['gcc'],
    packages: { zlib: {}, 'zlib-devel': { requires: ['zlib = 1-1'], provides: ['pkgconfig(zlib) = 1'] } },
  }),
  scan('curl', {
    needs: ['cmake', 'pkgconfig(zlib)'],
    packages: { curl: { requires: ['libcurl'] }, libcurl: { requires: ['zlib'] } },
  }),
  scan('app', { needs: ['curl'], packages: { app: { requires: ['curl', '(doc if man)', '/bin/sh'] } } }),
  scan('doc', { packages: { doc: { requires: ['nowhere'] } } }),
  scan('man'),
  { spec: 'broken/broken.spec', error: { message: 'no %endif', file: 'broken.spec', line: 7 } },
];

function graphOf(all: readonly SpecScanResult[] = scans): DependencyGraph {
  return buildGraph({ scans: all, arch: 'x86_64', pools });
}

const graph = graphOf();
const everything: ChainStart = {
  name: 'everything',
  install: [],
  nodes: [...graph.builds.keys()],
  isEverything: true,
};

function why(word: string, start: Partial<ChainStart>, limit = 3) {
  const goal = { name: 'goal', install: [], nodes: [], isEverything: false, ...start };
  const { chains, chainCount } = whyNeeded(graph, goal, findSubject(graph, word), limit);
  return { chainCount, chains: chains.map((chain) => chain.map(({ kind, to }) => `${kind} ${to}`)) };
}

describe('what a word stands for', () => {
  it.each([
    ['zlib', 'spec', ['zlib/zlib.spec', 'zlib/zlib.spec#zlib', 'zlib/zlib.spec#zlib-devel']],
    ['zlib/zlib.spec', 'spec', ['zlib/zlib.spec', 'zlib/zlib.spec#zlib', 'zlib/zlib.spec#zlib-devel']],
    ['zlib-1-1.src', 'spec', ['zlib/zlib.spec', 'zlib/zlib.spec#zlib', 'zlib/zlib.spec#zlib-devel']],
    ['zlib-devel', 'package', ['zlib/zlib.spec#zlib-devel']],
    ['zlib-devel-1-1.x86_64', 'package', ['zlib/zlib.spec#zlib-devel']],
    ['zlib-devel-1', 'package', ['zlib/zlib.spec#zlib-devel']],
    ['pkgconfig(zlib) >= 1', 'capability', ['zlib/zlib.spec#zlib-devel']],
    ['(libcurl and cmake)', 'capability', ['curl/curl.spec#libcurl', 'server://far/cmake']],
    ['/bin/sh', 'capability', ['seed:///bin/sh']],
    ['nowhere', 'unresolved', ['nobody://nowhere']],
  ] as const)('%s is a %s', (word, as, ids) => {
    expect(findSubject(graph, word)).toEqual({ asked: word, as, ids });
  });

  it('is refused with the nearest name when it is nothing', () => {
    expect(() => findSubject(graph, 'zlib-devl')).toThrow(
      expect.objectContaining({
        code: 'PACKAGE_UNKNOWN',
        errorClass: 'usage',
        hint: 'Did you mean zlib-devel?',
      }),
    );
    expect(() => findSubject(graph, ' ')).toThrow(expect.objectContaining({ code: 'PACKAGE_UNKNOWN' }));
  });

  it('is told with file and line when it is a spec that could not be read', () => {
    expect(() => findSubject(graph, 'broken')).toThrow('broken could not be read: broken.spec:7: no %endif');
  });
});

describe('why a package is there', () => {
  it('is the shortest chains from what is to be installed, those that install it first', () => {
    expect(why('zlib', { install: ['app'] })).toEqual({
      chainCount: 2,
      chains: [
        [
          'goal app/app.spec#app',
          'requires curl/curl.spec#curl',
          'requires curl/curl.spec#libcurl',
          'requires zlib/zlib.spec#zlib',
        ],
        [
          'goal app/app.spec#app',
          'requires curl/curl.spec#curl',
          'built-by curl/curl.spec',
          'build-requires zlib/zlib.spec#zlib-devel',
        ],
      ],
    });
  });

  it('goes through builds where that is shorter, and tells a server and the seed root', () => {
    expect(why('cmake', { install: ['libcurl'] }).chains).toEqual([
      ['goal curl/curl.spec#libcurl', 'built-by curl/curl.spec', 'build-requires server://far/cmake'],
    ]);
    expect(why('gcc', { nodes: ['zlib/zlib.spec'] }).chains).toEqual([
      ['goal zlib/zlib.spec', 'build-requires seed://gcc'],
    ]);
  });

  it('is everybody who needs it directly where everything is the goal', () => {
    expect(why('curl', everything).chains).toEqual([
      ['goal app/app.spec', 'build-requires curl/curl.spec#curl'],
    ]);
    expect(why('man', everything)).toEqual({ chainCount: 0, chains: [] });
  });

  it('is a conditional dependency only when no chain goes without', () => {
    const [chain] = whyNeeded(
      graph,
      { ...everything, isEverything: false, nodes: [], install: ['app'] },
      findSubject(graph, 'doc'),
      3,
    ).chains;
    expect(chain?.map(({ to, isConditional }) => [to, isConditional])).toEqual([
      ['app/app.spec#app', false],
      ['doc/doc.spec#doc', true],
    ]);
  });

  it('counts all shortest chains and gives only so many', () => {
    const many = graphOf([
      scan('end'),
      ...['a', 'b', 'c', 'd'].map((name) => scan(name, { packages: { [name]: { requires: ['end'] } } })),
      scan('top', { packages: { top: { requires: ['a', 'b', 'c', 'd'] } } }),
    ]);
    const start = { name: 'top', install: ['top'], nodes: [], isEverything: false };
    const answer = whyNeeded(many, start, findSubject(many, 'end'), 3);
    expect(answer.chainCount).toBe(4);
    expect(answer.chains).toHaveLength(3);
    expect(new Set(answer.chains.map((chain) => chain[1]!.to)).size).toBe(3);
  });
});

describe('what a package needs', () => {
  const ends = (edges: readonly { from: string; to: string }[]) =>
    edges.map(({ from, to }) => `${from} > ${to}`);

  it('is told apart: to be built, to run, and what is built before it', () => {
    const { build, run, buildsBefore } = needsOf(graph, findSubject(graph, 'curl'), undefined);
    expect(ends(build.edges)).toEqual([
      'curl/curl.spec > server://far/cmake',
      'curl/curl.spec > zlib/zlib.spec#zlib-devel',
      'zlib/zlib.spec#zlib-devel > zlib/zlib.spec#zlib',
    ]);
    expect(ends(run.edges)).toEqual([
      'curl/curl.spec#curl > curl/curl.spec#libcurl',
      'curl/curl.spec#libcurl > zlib/zlib.spec#zlib',
    ]);
    expect(buildsBefore).toEqual(['zlib']);
  });

  it('ends after the steps that were asked for', () => {
    expect(ends(needsOf(graph, findSubject(graph, 'app'), 1).run.edges)).toEqual([
      'app/app.spec#app > curl/curl.spec#curl',
      'app/app.spec#app > doc/doc.spec#doc',
      'app/app.spec#app > seed:///bin/sh',
    ]);
  });

  it('turns round: who needs it in a build root, who to run', () => {
    const { build, run } = neededBy(graph, findSubject(graph, 'zlib-devel'), undefined);
    expect(ends(build.edges)).toEqual(['curl/curl.spec > zlib/zlib.spec#zlib-devel']);
    expect(run.edges).toEqual([]);
    const whole = neededBy(graph, findSubject(graph, 'libcurl'), undefined);
    expect(ends(whole.build.edges)).toEqual([
      'curl/curl.spec#curl > curl/curl.spec#libcurl',
      'app/app.spec > curl/curl.spec#curl',
    ]);
    expect(ends(whole.run.edges)).toEqual([
      'curl/curl.spec#curl > curl/curl.spec#libcurl',
      'app/app.spec#app > curl/curl.spec#curl',
    ]);
  });
});

describe('what would be built anew', () => {
  it('is what has a package of the changed one in its build root, and so on, in order, with the reason', () => {
    const durations = new Map([['curl', 5000]]);
    const answer = whatIfChanged(graph, [findSubject(graph, 'zlib')], durations);
    expect(answer.rebuilds.map(({ name, isChanged, lastMs }) => [name, isChanged, lastMs])).toEqual([
      ['zlib', true, undefined],
      ['curl', false, 5000],
      ['app', false, undefined],
    ]);
    expect(answer.rebuilds[1]!.because.map(({ kind, to }) => `${kind} ${to}`)).toEqual([
      'build-requires zlib/zlib.spec#zlib-devel',
      'built-by zlib/zlib.spec',
    ]);
    expect(answer).toMatchObject({ knownMs: 5000, unknownCount: 2, buildCount: 5 });
  });

  it('is a whole cycle where builds need each other', () => {
    const cyclic = graphOf([
      scan('a', { needs: ['b'] }),
      scan('b', { needs: ['a'] }),
      scan('c', { needs: ['b'] }),
    ]);
    const { rebuilds, cycles } = whatIfChanged(cyclic, [findSubject(cyclic, 'a')], new Map());
    expect(rebuilds.map(({ name, cycle }) => [name, cycle])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', undefined],
    ]);
    expect(cycles).toEqual([['a', 'b']]);
  });

  it('is nothing for what no local spec makes', () => {
    expect(whatIfChanged(graph, [findSubject(graph, 'gcc')], new Map()).rebuilds).toEqual([]);
  });
});

describe('who provides a capability', () => {
  const local = (name: string, version: string, own: string) =>
    scan(name, { packages: { [own]: { version, provides: [`lib = ${version}`] } } });
  const choice = graphOf([local('x', '1', 'old'), local('y', '2', 'new'), local('z', '1', 'cmake')]);

  it('is listed best first, each with what puts it before the next', () => {
    const [part] = providersOf(choice, 'lib').parts;
    expect(part!.candidates.map((one) => [one.package, one.beatsNextBy])).toEqual([
      ['new', 'version'],
      ['cmake', 'name'],
      ['old', undefined],
    ]);
    expect(providersOf(choice, 'cmake').parts[0]!.candidates.map((one) => [one.id, one.beatsNextBy])).toEqual(
      [
        ['z/z.spec#cmake', 'origin'],
        ['server://far/cmake', undefined],
      ],
    );
  });

  it('is told as a prediction where only the build will tell', () => {
    const expected = graphOf([
      scan('x', { packages: { 'x-devel': { files: ['/usr/lib64/pkgconfig/x.pc'] } } }),
      scan('y', { needs: ['pkgconfig(x)'] }),
    ]);
    expect(providersOf(expected, 'pkgconfig(x)').parts[0]!.candidates).toMatchObject([
      { package: 'x-devel', predicted: 'file' },
    ]);
    const start = { ...everything, nodes: [...expected.builds.keys()] };
    const { chains } = whyNeeded(expected, start, findSubject(expected, 'x-devel'), 3);
    expect(chains[0]!.map(({ isPredicted }) => isPredicted)).toEqual([false, true]);
  });

  it('in another version is listed apart', () => {
    const [part] = providersOf(choice, 'lib >= 2').parts;
    expect(part!.candidates.map((one) => one.package)).toEqual(['new']);
    expect(part!.wrongVersion.map((one) => one.package)).toEqual(['cmake', 'old']);
  });

  it('is told for each part of a rich dependency, and for the whole', () => {
    const answer = providersOf(choice, '(nothing or lib)');
    expect(answer.parts.map(({ capability, candidates }) => [capability, candidates.length])).toEqual([
      ['nothing', 0],
      ['lib', 3],
    ]);
    expect(answer.chosen).toEqual(['y/y.spec#new']);
    expect(() => providersOf(choice, '(a or')).toThrow(
      expect.objectContaining({ code: 'DEPENDENCY_SYNTAX' }),
    );
  });
});

describe('cycles', () => {
  it('of packages only are no problem; those with builds are listed', () => {
    const cyclic = graphOf([
      scan('a', { needs: ['b'] }),
      scan('b', { needs: ['a'] }),
      scan('p', { packages: { p: { requires: ['q'] } } }),
      scan('q', { packages: { q: { requires: ['p'] } } }),
    ]);
    const answer = cyclesOf(cyclic);
    expect(answer.unsolved).toHaveLength(1);
    expect(answer.unsolved[0]!.componentSize).toBe(4);
    expect(answer.runOnly).toEqual([['p/p.spec#p', 'q/q.spec#q']]);
  });
});

describe('the graph as a document', () => {
  it('has every node with its state, and every edge of a node in it', () => {
    const states = new Map([
      ['zlib/zlib.spec', 'build' as const],
      ['curl/curl.spec', 'reuse' as const],
    ]);
    const document = graphDocument(graph, { goal: 'all', states });
    const stateOf = (id: string) => document.nodes.find((node) => node.id === id)?.state;
    expect(stateOf('zlib/zlib.spec')).toBe('build');
    expect(stateOf('curl/curl.spec#curl')).toBe('reuse');
    expect(stateOf('app/app.spec')).toBe('unneeded');
    expect(stateOf('server://far/cmake')).toBe('server');
    expect(stateOf('seed://gcc')).toBe('seed');
    expect(stateOf('nobody://nowhere')).toBe('unresolved');
    expect(stateOf('broken/broken.spec')).toBe('failed');
    const ids = new Set(document.nodes.map(({ id }) => id));
    expect(document.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
    expect(document.edges.length).toBeGreaterThan(10);
  });

  it('marks what is in a cycle', () => {
    const cyclic = graphOf([scan('a', { needs: ['a'] }), scan('b')]);
    const { nodes } = graphDocument(cyclic, { goal: 'all', states: new Map() });
    expect(nodes.filter(({ inCycle }) => inCycle).map(({ id }) => id)).toEqual(['a/a.spec', 'a/a.spec#a']);
  });
});
