import { describe, expect, it } from 'vitest';
import { longestChain } from '../../toolkit/domain/build-summary.ts';

const order = [
  { name: 'zlib', waitsOn: [] },
  { name: 'openssl', waitsOn: ['zlib'] },
  { name: 'popt', waitsOn: [] },
  { name: 'rpm', waitsOn: ['openssl', 'popt'] },
];

describe('longestChain', () => {
  it.each<[what: string, durations: Record<string, number>, chain: string[], ms: number]>([
    [
      'the chain that took longest',
      { zlib: 5, openssl: 60, popt: 50, rpm: 30 },
      ['zlib', 'openssl', 'rpm'],
      95,
    ],
    ['another when that one does', { zlib: 5, openssl: 6, popt: 50, rpm: 30 }, ['popt', 'rpm'], 80],
    ['what was reused as a link that took no time', { zlib: 5, rpm: 30 }, ['zlib', 'rpm'], 35],
    ['one build', { popt: 50 }, ['popt'], 50],
    ['nothing when nothing was built', {}, [], 0],
  ])('gives %s', (_what, durations, chain, chainMs) => {
    expect(longestChain(order, new Map(Object.entries(durations)))).toEqual({ chain, chainMs });
  });
});
