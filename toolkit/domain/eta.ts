/** A task that has not begun. */
export interface WaitingTask {
  readonly task: string;
  /** Milliseconds. */
  readonly expectedMs: number;
  /** Tasks that have to end before; those that are neither waiting nor running count as done. */
  readonly waitsOn: readonly string[];
  /** The highest starts first. */
  readonly priority: number;
}

export interface StartedTask {
  readonly task: string;
  readonly expectedMs: number;
  readonly elapsedMs: number;
}

export interface RemainingWork {
  /** How many tasks run side by side. */
  readonly workers: number;
  readonly waiting: readonly WaitingTask[];
  readonly running: readonly StartedTask[];
  /** How much longer tasks take than expected: see `paceOf`. */
  readonly pace: number;
}

/** What is expected to be right by itself, in milliseconds: so much is needed to be told otherwise. */
const TRUST_MS = 30_000;
/** A task that is over its time is said to need this part of what it took. */
const OVERDUE = 0.1;

/**
 * How much longer tasks take in this run than expected, 1 where nothing tells: by those that have ended and
 * those that run for longer than expected. A few short ones say little.
 */
export function paceOf(
  ended: readonly { readonly expectedMs: number; readonly actualMs: number }[],
  running: readonly StartedTask[],
): number {
  const overdue = running.filter(({ expectedMs, elapsedMs }) => elapsedMs > expectedMs);
  const expected = sum([...ended, ...overdue].map(({ expectedMs }) => expectedMs));
  const actual = sum(ended.map(({ actualMs }) => actualMs)) + sum(overdue.map(({ elapsedMs }) => elapsedMs));
  return (actual + TRUST_MS) / (expected + TRUST_MS);
}

/**
 * Milliseconds until everything is done, by playing the rest of the schedule through: a free worker takes the
 * ready task with the highest priority. Tasks that wait for each other are left out.
 */
export function remainingMs({ workers, waiting, running, pace }: RemainingWork): number {
  const blockers = new Map<string, number>();
  const waiters = new Map<string, WaitingTask[]>();
  const ready: WaitingTask[] = [];
  const there = new Set([...waiting, ...running].map(({ task }) => task));
  for (const one of waiting) {
    const needs = new Set(one.waitsOn.filter((task) => there.has(task)));
    blockers.set(one.task, needs.size);
    for (const task of needs) waiters.set(task, [...(waiters.get(task) ?? []), one]);
    if (needs.size === 0) ready.push(one);
  }
  ready.sort(byPriority);
  const busy = running.map(({ task, expectedMs, elapsedMs }) => ({
    task,
    end: Math.max(expectedMs * pace - elapsedMs, elapsedMs * OVERDUE),
  }));
  let now = 0;
  while (busy.length > 0 || ready.length > 0) {
    while (busy.length < workers && ready.length > 0) {
      const next = ready.shift()!;
      busy.push({ task: next.task, end: now + next.expectedMs * pace });
    }
    const first = busy.reduce((best, one, at) => (one.end < busy[best]!.end ? at : best), 0);
    const [ended] = busy.splice(first, 1);
    now = Math.max(now, ended!.end);
    const freed = (waiters.get(ended!.task) ?? []).filter(({ task }) => {
      blockers.set(task, blockers.get(task)! - 1);
      return blockers.get(task) === 0;
    });
    if (freed.length > 0) {
      ready.push(...freed);
      ready.sort(byPriority);
    }
  }
  return now;
}

function byPriority(a: WaitingTask, b: WaitingTask): number {
  return b.priority - a.priority;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
