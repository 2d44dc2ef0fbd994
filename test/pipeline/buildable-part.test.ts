import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import { seedPool } from '../../toolkit/domain/pools.ts';
import { buildablePart, withRefused } from '../../toolkit/pipeline/buildable-part.ts';
import { scan } from '../domain/graph-fixture.ts';

function part(build: readonly string[]) {
  const graph = buildGraph({
    scans: [scan('good', { needs: ['make'] }), scan('bad', { needs: ['ghost'] })],
    arch: 'x86_64',
    pools: [seedPool(['make'])],
  });
  return buildablePart({ graph, goal: { install: [], build }, rebuild: true, durations: new Map() });
}

describe('buildablePart', () => {
  it('leaves out a name that nobody can build, and keeps why', () => {
    const { goal, refused } = part(['good', 'bad']);
    expect(goal.build).toEqual(['good']);
    expect(refused.map(({ code }) => code)).toEqual(['CAPABILITY_UNRESOLVED']);
    expect(withRefused(undefined, refused)?.message).toContain('ghost (wanted by bad/bad.spec)');
  });

  it('keeps a goal whole that names nothing else', () => {
    expect(part(['bad'])).toEqual({ goal: { install: [], build: ['bad'] }, refused: [] });
  });

  it('refuses a name that no spec makes', () => {
    expect(() => part(['good', 'other'])).toThrow(expect.objectContaining({ code: 'PLAN_UNKNOWN_PACKAGE' }));
  });
});
