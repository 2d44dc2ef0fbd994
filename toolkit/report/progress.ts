import { paceOf, remainingMs, type WaitingTask } from '../domain/eta.ts';
import type { ToolkitEvent } from '../domain/events.ts';

export interface RunningTask {
  readonly name: string;
  readonly startedAt: number;
  /** How long it took the last time, in milliseconds. */
  readonly expectedMs: number | undefined;
  detail: string;
}

export interface RunningStage {
  readonly name: string;
  readonly startedAt: number;
  total: number | undefined;
  done: number;
  readonly tasks: Map<string, RunningTask>;
  workers: number;
  /** What is planned and not done, running tasks included; empty for a stage that says nothing of it. */
  readonly planned: Map<string, WaitingTask>;
  /** Of tasks that were really done. */
  readonly ended: { readonly expectedMs: number; readonly actualMs: number }[];
}

/** What is going on right now, gathered from events. */
export interface Progress {
  readonly stages: Map<string, RunningStage>;
}

export function createProgress(): Progress {
  return { stages: new Map() };
}

/** Takes one event in. `now` is in milliseconds. Unknown stages and tasks are ignored. */
export function updateProgress(progress: Progress, event: ToolkitEvent, now: number): void {
  switch (event.type) {
    case 'stage.started':
      progress.stages.set(event.stage, {
        ...{ name: event.stage, startedAt: now, total: event.total, done: 0, workers: 1 },
        ...{ tasks: new Map(), planned: new Map(), ended: [] },
      });
      return;
    case 'stage.planned': {
      const stage = progress.stages.get(event.stage);
      if (stage === undefined) return;
      stage.workers = event.workers;
      stage.total = stage.done + event.tasks.length;
      stage.planned.clear();
      for (const task of event.tasks) stage.planned.set(task.task, task);
      return;
    }
    case 'stage.finished':
      progress.stages.delete(event.stage);
      return;
    case 'task.started':
      progress.stages.get(event.stage)?.tasks.set(event.task, {
        name: event.task,
        startedAt: now,
        expectedMs: event.expectedMs,
        detail: '',
      });
      return;
    case 'task.progressed': {
      const task = progress.stages.get(event.stage)?.tasks.get(event.task);
      if (task !== undefined) task.detail = event.detail;
      return;
    }
    case 'task.finished':
      finishTask(progress.stages.get(event.stage), event);
      return;
    case 'builds.summarized':
    case 'notice.given':
      return;
  }
}

function finishTask(
  stage: RunningStage | undefined,
  event: Extract<ToolkitEvent, { type: 'task.finished' }>,
): void {
  if (stage === undefined) return;
  const planned = stage.planned.get(event.task);
  if (planned !== undefined && event.outcome === 'made') {
    stage.ended.push({ expectedMs: planned.expectedMs, actualMs: event.durationMs });
  }
  stage.planned.delete(event.task);
  stage.tasks.delete(event.task);
  stage.done += 1;
}

/** Running tasks of a stage, oldest first. */
export function runningTasks(stage: RunningStage): RunningTask[] {
  return [...stage.tasks.values()].sort((a, b) => a.startedAt - b.startedAt);
}

/**
 * How long a stage still needs, in milliseconds; undefined where nothing is planned. What may turn out to be
 * reused counts in full: it is said to take at most so long.
 */
export function stageRemainingMs(stage: RunningStage, now: number): number | undefined {
  if (stage.planned.size === 0) return undefined;
  const running = [...stage.tasks.values()].flatMap(({ name, startedAt }) => {
    const planned = stage.planned.get(name);
    return planned === undefined
      ? []
      : [{ task: name, expectedMs: planned.expectedMs, elapsedMs: now - startedAt }];
  });
  const waiting = [...stage.planned.values()].filter(({ task }) => !stage.tasks.has(task));
  const pace = paceOf(stage.ended, running);
  return remainingMs({ workers: stage.workers, waiting, running, pace });
}
