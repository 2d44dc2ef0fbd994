import { describe, expect, it } from 'vitest';
import type { BuildSummary } from '../../toolkit/domain/build-summary.ts';
import { buildSummaryLines } from '../../toolkit/report/build-summary.ts';

const summary: BuildSummary = {
  built: [
    { name: 'libarchive', durationMs: 31_000, because: 'openssl changed' },
    { name: 'openssl', durationMs: 130_000, because: 'its spec changed' },
    { name: 'rpm', durationMs: 62_000, because: 'openssl changed' },
  ],
  reused: ['zlib', 'popt'],
  failed: ['curl'],
  skipped: [
    { name: 'git', because: 'curl' },
    { name: 'cmake', because: 'curl' },
  ],
  chain: ['openssl', 'rpm'],
  chainMs: 192_000,
  totalMs: 200_000,
  cpuMs: 380_000,
};

describe('buildSummaryLines', () => {
  it('tells what was built and why, what failed, what was left out, and what the time went into', () => {
    expect(buildSummaryLines(summary)).toEqual([
      '  built, openssl changed: rpm 1m02s, libarchive 31s',
      '  built, its spec changed: openssl 2m10s',
      '  failed: curl',
      '  skipped for curl: git, cmake',
      '  longest chain 3m12s: openssl > rpm',
      '  6m20s of processors: 1.9 were busy on average',
    ]);
  });

  it('is silent when everything was reused', () => {
    expect(buildSummaryLines({ ...summary, built: [], failed: [], skipped: [], chain: [] })).toEqual([]);
  });

  it('lists the longest of many, and says how many there are more', () => {
    const built = Array.from({ length: 60 }, (_, at) => {
      return { name: `p${at}`, durationMs: at * 1000, because: 'never built' };
    });
    const [first] = buildSummaryLines({ ...summary, built });
    expect(first).toMatch(/^ {2}built, never built: p59 59s, p58 58s, .*p52 52s and 52 more$/);
  });
});
