import { describe, expect, it } from 'vitest';
import { cyclesOf } from '../../../toolkit/domain/answers/cycles.ts';
import { findSubject } from '../../../toolkit/domain/answers/find.ts';
import { neededBy, needsOf } from '../../../toolkit/domain/answers/needs.ts';
import { providersOf } from '../../../toolkit/domain/answers/providers.ts';
import { whatIfChanged } from '../../../toolkit/domain/answers/what-if.ts';
import { whyNeeded } from '../../../toolkit/domain/answers/why.ts';
import { buildGraph } from '../../../toolkit/domain/graph-build.ts';
import { cyclesText } from '../../../toolkit/report/answers/cycles.ts';
import { needsText } from '../../../toolkit/report/answers/needs.ts';
import { providersText } from '../../../toolkit/report/answers/providers.ts';
import { jsonDocument, paint } from '../../../toolkit/report/answers/text.ts';
import { whatIfText } from '../../../toolkit/report/answers/what-if.ts';
import { whyText } from '../../../toolkit/report/answers/why.ts';
import { scan } from '../../domain/graph-fixture.ts';

const seed = {
  kind: 'seed',
  packages: [
    { name: 'seed-root', evr: { epoch: 0, version: '0', release: '' }, provides: ['gcc = 14'], files: [] },
  ],
} as const;
const evil = 'x\u001b]0;title\u0007\u009b31m\u202e\nfake';

const graph = buildGraph({
  arch: 'x86_64',
  pools: [seed],
  scans: [
    scan('zlib', {
      needs: ['gcc'],
      packages: { zlib: {}, 'zlib-devel': { requires: ['zlib'], provides: ['pkgconfig(zlib) = 1'] } },
    }),
    scan('curl', { needs: ['pkgconfig(zlib) >= 1'], packages: { curl: { requires: ['zlib', evil] } } }),
    scan('ring', { needs: ['ring'] }),
  ],
});
const none = paint(false);
const from = (name: string) => ({ name, install: [name], nodes: [], isEverything: false });

describe('answers for people', () => {
  it('show a chain step by step, aligned, and where it ends', () => {
    expect(whyText(whyNeeded(graph, from('curl'), findSubject(graph, 'gcc'), 3), none)).toBe(
      [
        'gcc: the shortest chain from curl, of 4 steps',
        '',
        '  curl',
        '    asks for           curl',
        '    requires           zlib',
        '    is made by         zlib/zlib.spec',
        '    needs to be built  gcc (from the seed root)',
        '',
        'gcc comes from the seed root that packages are built in; no image gets it.',
        '',
      ].join('\n'),
    );
  });

  it('say that nothing needs it', () => {
    const start = { name: 'everything', install: [], nodes: [...graph.builds.keys()], isEverything: true };
    expect(whyText(whyNeeded(graph, start, findSubject(graph, 'curl'), 3), none)).toContain(
      'Nothing else needs curl',
    );
    expect(whyText(whyNeeded(graph, from('zlib'), findSubject(graph, 'curl'), 3), none)).toContain(
      'Nothing that zlib asks for needs curl.',
    );
  });

  it('show needs as a tree, in both directions', () => {
    expect(needsText(needsOf(graph, findSubject(graph, 'curl'), undefined), none)).toContain(
      [
        'To be built it needs (2)',
        '  curl/curl.spec',
        '  └─ zlib-devel  (for pkgconfig(zlib) >= 1)',
        '     └─ zlib',
        '',
      ].join('\n'),
    );
    expect(needsText(neededBy(graph, findSubject(graph, 'zlib-devel'), undefined), none)).toBe(
      'Needed to build (1)\n  zlib-devel\n  └─ curl/curl.spec  (for pkgconfig(zlib) >= 1)\n\nNo package requires zlib-devel.\n',
    );
  });

  it('list what would be built anew with reasons and times', () => {
    const text = whatIfText(
      whatIfChanged(graph, [findSubject(graph, 'zlib')], new Map([['curl', 3000]])),
      none,
    );
    expect(text).toContain('If zlib changed, 2 of 3 source packages would be built anew, in this order:');
    expect(text).toContain('  2  curl  3.0s  needs zlib-devel for pkgconfig(zlib) >= 1, made by zlib\n');
    expect(text).toContain('comes out the same as before');
    expect(text).toContain('Up to 3.0s of building, one after the other, and 1 that were never built here.');
  });

  it('list providers, and what nobody provides', () => {
    expect(providersText(providersOf(graph, 'pkgconfig(zlib)'), none)).toBe(
      'pkgconfig(zlib)\n  1  zlib-devel  1-1  zlib/zlib.spec  provides pkgconfig(zlib) = 1\n',
    );
    expect(providersText(providersOf(graph, 'zlib > 9'), none)).toMatch(
      /^zlib > 9: nobody provides it\n {2}in another version:\n/,
    );
  });

  it('show a cycle from its first node back to it', () => {
    expect(cyclesText(cyclesOf(graph), false, none)).toBe(
      [
        '1 cycle that no order of builds can satisfy',
        '',
        '1. the shortest way round, of 2 source packages and packages that are tangled up',
        '     ring/ring.spec',
        '       needs       ring',
        '       is made by  ring/ring.spec',
        '     It would be broken by prebuilt packages: ring (frees 1).',
        '',
      ].join('\n'),
    );
  });

  it('never pass on what a terminal would obey, as text or as JSON', () => {
    const answer = needsOf(graph, findSubject(graph, 'curl'), undefined);
    const text = needsText(answer, none);
    expect(text).toContain('fake');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split('\n').every((line) => !line.startsWith('fake'))).toBe(true);
    const json = jsonDocument(answer);
    expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it('cut what no person reads', () => {
    const long = buildGraph({
      arch: 'x86_64',
      pools: [],
      scans: [scan('a', { needs: ['x'.repeat(1_000_000)] })],
    });
    expect(needsText(needsOf(long, findSubject(long, 'a'), undefined), none).length).toBeLessThan(1_000);
  });

  it('are coloured only on a terminal', () => {
    const answer = cyclesOf(graph);
    expect(cyclesText(answer, false, paint(true))).toContain('\u001b[1m');
    expect(cyclesText(answer, false, none)).not.toContain('\u001b');
  });
});
