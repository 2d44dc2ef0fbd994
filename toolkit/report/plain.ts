import type { EventSink } from '../domain/events.ts';
import { formatDuration } from './duration.ts';
import { eventLines } from './lines.ts';
import { createProgress, stageRemainingMs, updateProgress } from './progress.ts';

/**
 * Reports events as plain lines, for logs and pipes. `write` gets whole lines with their newline. A task is
 * told of when it first makes progress: what is only reused stays silent. Where a stage is planned, each line
 * of a task that was done says how far it is. `now` is in milliseconds.
 */
export function createPlainReporter(write: (text: string) => void, now: () => number): EventSink {
  const progress = createProgress();
  const told = new Set<string>();
  return {
    emit(event) {
      updateProgress(progress, event, now());
      const lines = eventLines(event);
      if (event.type === 'task.finished' && lines.length > 0) {
        const stage = progress.stages.get(event.stage);
        const left = stage === undefined ? undefined : stageRemainingMs(stage, now());
        const eta =
          left === undefined
            ? ''
            : ` [${stage?.done} of ${stage?.total}, about ${formatDuration(left)} left]`;
        write(lines.map((line) => `${line}${eta}\n`).join(''));
        return;
      }
      for (const line of lines) write(`${line}\n`);
      if (event.type !== 'task.progressed' || told.has(event.task)) return;
      told.add(event.task);
      const expectedMs = progress.stages.get(event.stage)?.tasks.get(event.task)?.expectedMs;
      const time = expectedMs === undefined ? '' : ` (about ${formatDuration(expectedMs)})`;
      write(`  ${event.task} ...${time}\n`);
    },
  };
}
