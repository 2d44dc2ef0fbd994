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
  readonly total: number | undefined;
  done: number;
  readonly tasks: Map<string, RunningTask>;
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
        name: event.stage,
        startedAt: now,
        total: event.total,
        done: 0,
        tasks: new Map(),
      });
      return;
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
    case 'task.finished': {
      const stage = progress.stages.get(event.stage);
      if (stage === undefined) return;
      stage.tasks.delete(event.task);
      stage.done += 1;
      return;
    }
    case 'notice.given':
      return;
  }
}

/** Running tasks of a stage, oldest first. */
export function runningTasks(stage: RunningStage): RunningTask[] {
  return [...stage.tasks.values()].sort((a, b) => a.startedAt - b.startedAt);
}

/**
 * How long the longest running task of known duration still needs, in milliseconds; undefined when no
 * duration is known. Never negative: a task over its time is said to need nothing more.
 */
export function remainingMs(stage: RunningStage, now: number): number | undefined {
  const left = [...stage.tasks.values()].flatMap((task) =>
    task.expectedMs === undefined ? [] : [Math.max(0, task.expectedMs - (now - task.startedAt))],
  );
  return left.length === 0 ? undefined : Math.max(...left);
}
