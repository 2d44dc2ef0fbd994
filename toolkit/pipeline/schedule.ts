import type { PlannedBuild } from '../domain/plan.ts';

export interface ScheduleOptions<T> {
  /** How many run side by side; at least 1. */
  readonly concurrency: number;
  /** Runs one build whose dependencies have ended well. */
  readonly run: (build: PlannedBuild) => Promise<T>;
  /** What stands for a build that cannot run because `failed` (an SRPM it waits on) did not end well. */
  readonly skip: (build: PlannedBuild, failed: string) => T;
  readonly endedWell: (outcome: T) => boolean;
  /** Whether other builds still start after one failed. */
  readonly keepGoing: boolean;
}

/**
 * Runs builds as soon as what they wait on is there, those with the longest way behind them first. Results
 * come in the order of the plan. A build that throws ends the schedule: what runs is waited for, then the
 * first error is thrown.
 */
export async function schedule<T>(
  builds: readonly PlannedBuild[],
  options: ScheduleOptions<T>,
): Promise<T[]> {
  const outcomes = new Map<string, T>();
  const waiting = new Set(builds);
  const running = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  let stopped: string | undefined;

  const settle = (build: PlannedBuild, outcome: T): void => {
    outcomes.set(build.srpm, outcome);
    if (!options.endedWell(outcome) && !options.keepGoing) stopped ??= build.srpm;
  };
  const start = (build: PlannedBuild): void => {
    const work = options
      .run(build)
      .then((outcome) => settle(build, outcome))
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => running.delete(build.srpm));
    running.set(build.srpm, work);
  };

  while (waiting.size > 0 || running.size > 0) {
    for (const build of [...waiting]) {
      const failed = stopped ?? failedDependency(build, outcomes, options.endedWell);
      if (failed === undefined) continue;
      waiting.delete(build);
      outcomes.set(build.srpm, options.skip(build, failed));
    }
    if (failures.length > 0) waiting.clear();
    for (const build of ready(waiting, outcomes)) {
      if (running.size >= options.concurrency) break;
      waiting.delete(build);
      start(build);
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.size > 0 && ready(waiting, outcomes).length === 0 && failures.length === 0) {
      const stuck = [...waiting].filter(
        (build) => failedDependency(build, outcomes, options.endedWell) === undefined,
      );
      if (stuck.length > 0)
        throw new Error(`builds wait for each other: ${stuck.map(({ srpm }) => srpm).join(', ')}`);
    }
  }
  if (failures.length > 0) throw failures[0];
  return builds.map((build) => outcomes.get(build.srpm)!);
}

function ready<T>(waiting: ReadonlySet<PlannedBuild>, outcomes: ReadonlyMap<string, T>): PlannedBuild[] {
  return [...waiting]
    .filter((build) => build.waitsOn.every((srpm) => outcomes.has(srpm)))
    .sort((a, b) => b.priority - a.priority);
}

function failedDependency<T>(
  build: PlannedBuild,
  outcomes: ReadonlyMap<string, T>,
  endedWell: (outcome: T) => boolean,
): string | undefined {
  return build.waitsOn.find((srpm) => {
    const outcome = outcomes.get(srpm);
    return outcome !== undefined && !endedWell(outcome);
  });
}
