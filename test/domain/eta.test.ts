import { describe, expect, it } from 'vitest';
import { paceOf, remainingMs, type StartedTask, type WaitingTask } from '../../toolkit/domain/eta.ts';

function waits(task: string, expectedMs: number, waitsOn: string[] = [], priority = 0): WaitingTask {
  return { task, expectedMs, waitsOn, priority };
}

function runs(task: string, expectedMs: number, elapsedMs: number): StartedTask {
  return { task, expectedMs, elapsedMs };
}

describe('remainingMs', () => {
  it.each<[what: string, workers: number, waiting: WaitingTask[], running: StartedTask[], ms: number]>([
    ['nothing', 2, [], [], 0],
    ['one task after another on one worker', 1, [waits('a', 100), waits('b', 50)], [], 150],
    ['independent tasks side by side', 2, [waits('a', 100), waits('b', 50)], [], 100],
    ['a chain, however many workers there are', 9, [waits('a', 100), waits('b', 50, ['a'])], [], 150],
    ['what a running task still needs', 2, [waits('b', 50, ['a'])], [runs('a', 100, 60)], 90],
    ['a worker that is busy', 1, [waits('b', 50)], [runs('a', 100, 60)], 90],
    ['what waits for something that is done', 1, [waits('b', 50, ['done'])], [], 50],
    [
      'the longest way first: a 10, then b 100 beside c 40 and d 40',
      2,
      [waits('c', 40), waits('d', 40), waits('b', 100, ['a'], 100), waits('a', 10, [], 110)],
      [],
      110,
    ],
    ['a task over its time: a tenth of what it took', 1, [], [runs('a', 100, 200)], 20],
    [
      'what can start, when others wait for each other',
      1,
      [waits('a', 5, ['b']), waits('b', 5, ['a'])],
      [],
      0,
    ],
  ])('counts %s', (_what, workers, waiting, running, ms) => {
    expect(remainingMs({ workers, waiting, running, pace: 1 })).toBeCloseTo(ms);
  });

  it('stretches all that is left by the pace of this run', () => {
    const running = [runs('a', 100, 100)];
    expect(remainingMs({ workers: 1, waiting: [waits('b', 50)], running, pace: 3 })).toBeCloseTo(350);
  });

  it('plays a distribution of thousands through in a moment', () => {
    const waiting = Array.from({ length: 5000 }, (_, at) =>
      waits(
        `p${at}`,
        1000,
        at === 0 ? [] : [`p${at >> 1}`, `p${at - 1}`.replace(/\d+$/, String(at >> 2))],
        at,
      ),
    );
    const start = performance.now();
    expect(remainingMs({ workers: 4, waiting, running: [], pace: 1 })).toBeGreaterThan(1_249_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('paceOf', () => {
  it('is 1 before anything has ended, and near it after a moment of work', () => {
    expect(paceOf([], [])).toBe(1);
    expect(paceOf([{ expectedMs: 1000, actualMs: 4000 }], [])).toBeLessThan(1.2);
  });

  it('follows what long tasks took', () => {
    const pace = paceOf([{ expectedMs: 600_000, actualMs: 1_200_000 }], []);
    expect(pace).toBeGreaterThan(1.9);
    expect(pace).toBeLessThan(2);
  });

  it('counts a running task only once it is over its time', () => {
    expect(paceOf([], [runs('a', 600_000, 500_000)])).toBe(1);
    expect(paceOf([], [runs('a', 600_000, 1_200_000)])).toBeGreaterThan(1.9);
  });
});
