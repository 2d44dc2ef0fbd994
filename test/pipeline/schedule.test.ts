import { describe, expect, it } from 'vitest';
import type { PlannedBuild } from '../../toolkit/domain/plan.ts';
import { schedule } from '../../toolkit/pipeline/schedule.ts';

function build(srpm: string, waitsOn: string[] = [], priority = 0): PlannedBuild {
  const source = { name: srpm, epoch: 0, version: '1', release: '1', arch: 'x86_64' };
  return {
    srpm,
    source,
    buildRequires: [],
    dependencies: [],
    waitsOn,
    expectedMs: 0,
    priority,
    wantedBy: [],
  };
}

async function run(
  builds: readonly PlannedBuild[],
  { concurrency = 2, fail = [] as string[], keepGoing = true } = {},
): Promise<{ started: string[]; outcomes: string[]; most: number }> {
  const started: string[] = [];
  let now = 0;
  let most = 0;
  const outcomes = await schedule<string>(builds, {
    concurrency,
    keepGoing,
    endedWell: (outcome) => outcome === 'ok',
    skip: (_build, failed) => `skipped for ${failed}`,
    run: async ({ srpm }) => {
      started.push(srpm);
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return fail.includes(srpm) ? 'failed' : 'ok';
    },
  });
  return { started, outcomes, most };
}

describe('schedule', () => {
  it('starts nothing before what it waits on', async () => {
    const { started } = await run([build('c', ['b']), build('b', ['a']), build('a')]);
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('starts the longest way first and keeps to its limit', async () => {
    const builds = [build('short', [], 1), build('long', [], 9), build('middle', [], 5)];
    const { started, most } = await run(builds);
    expect(started).toEqual(['long', 'middle', 'short']);
    expect(most).toBe(2);
  });

  it('skips what waits on a failure, finishes the rest, and answers in the order of the plan', async () => {
    const builds = [build('a'), build('b', ['a']), build('c', ['b']), build('d')];
    const { outcomes } = await run(builds, { fail: ['a'] });
    expect(outcomes).toEqual(['failed', 'skipped for a', 'skipped for b', 'ok']);
  });

  it('starts nothing new after a failure when it is told to stop', async () => {
    const builds = [build('a', [], 9), build('b', [], 1)];
    const { outcomes } = await run(builds, { concurrency: 1, fail: ['a'], keepGoing: false });
    expect(outcomes).toEqual(['failed', 'skipped for a']);
  });

  it('throws what a build throws, after what runs has ended', async () => {
    const work = schedule([build('a')], {
      concurrency: 1,
      keepGoing: true,
      endedWell: () => true,
      skip: () => '',
      run: () => Promise.reject(new Error('disk full')),
    });
    await expect(work).rejects.toThrow('disk full');
  });

  it('does not hang on builds that wait for each other', async () => {
    await expect(run([build('a', ['b']), build('b', ['a'])])).rejects.toThrow(/wait for each other/);
  });
});
