import { describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../../toolkit/domain/events.ts';
import { buildGraph } from '../../../toolkit/domain/graph-build.ts';
import { seedPool } from '../../../toolkit/domain/pools.ts';
import { graphToPlan } from '../../../toolkit/stages/graph-to-plan/index.ts';
import { scan } from '../../domain/graph-fixture.ts';

function run(needs: readonly string[]): readonly ToolkitEvent[] {
  const events: ToolkitEvent[] = [];
  const graph = buildGraph({
    scans: [scan('app', { needs })],
    arch: 'x86_64',
    pools: [seedPool(['gcc', 'make'])],
  });
  const goal = { install: [], build: ['app'] };
  graphToPlan(
    { graph, goal, rebuild: true, durations: new Map() },
    { events: { emit: (event) => events.push(event) } },
  );
  return events;
}

describe('graphToPlan', () => {
  it('refuses what nobody provides, naming who wants it', () => {
    expect(() => run(['ghost >= 2'])).toThrow(
      expect.objectContaining({
        code: 'CAPABILITY_UNRESOLVED',
        message: expect.stringContaining('ghost >= 2 (wanted by app/app.spec)'),
      }),
    );
  });

  it('refuses builds that wait for each other, with the cycle', () => {
    expect(() => run(['app'])).toThrow(
      expect.objectContaining({
        code: 'GRAPH_CYCLE',
        message: expect.stringContaining('app/app.spec -(app)-> app/app.spec#app -(built by)-> app/app.spec'),
      }),
    );
  });

  it('only warns of what a build may reveal', () => {
    expect(run(['pkgconfig(x) >= 1', 'make', 'gcc'])).toEqual([
      {
        type: 'notice.given',
        level: 'warning',
        message: 'pkgconfig(x) >= 1 has no known provider yet (wanted by app/app.spec)',
      },
    ]);
  });
});
