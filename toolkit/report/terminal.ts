import type { EventSink, ToolkitEvent } from '../domain/events.ts';
import { formatDuration } from './duration.ts';
import { eventLines } from './lines.ts';
import { createProgress, type Progress, runningTasks, stageRemainingMs, updateProgress } from './progress.ts';
import { redact } from './redact.ts';

/** A terminal as far as the reporter needs it. */
export interface Screen {
  write(text: string): void;
  /** Width in columns. */
  columns(): number;
  /** Milliseconds; only for what is shown. */
  now(): number;
}

/** A reporter that holds the last lines of a terminal; disposing it takes them away. */
export interface LiveReporter extends EventSink, Disposable {}

const REFRESH_MS = 200;

/**
 * Shows finished work as lines that stay, and below them what is running, for how long, and what is left.
 * Nothing of the live part is left behind when disposed.
 */
export function createTerminalReporter(screen: Screen): LiveReporter {
  const progress = createProgress();
  /** Columns that each line of the live part takes. */
  let shown: readonly number[] = [];

  function clear(): void {
    // A terminal that became narrower has wrapped them.
    const columns = Math.max(1, screen.columns());
    const rows = shown.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    if (rows > 0) screen.write(`\u001b[${rows}A\u001b[J`);
    shown = [];
  }

  function draw(): void {
    clear();
    const lines = liveLines(progress, screen.now(), screen.columns());
    if (lines.length > 0) screen.write(`${lines.join('\n')}\n`);
    shown = lines.map((line) => visible(line).length);
  }

  const timer = setInterval(draw, REFRESH_MS);
  timer.unref();
  return {
    emit(event: ToolkitEvent) {
      updateProgress(progress, event, screen.now());
      const lines = eventLines(event);
      if (lines.length > 0) {
        clear();
        screen.write(lines.map((line) => `${line}\n`).join(''));
      }
      draw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      clear();
    },
  };
}

function liveLines(progress: Progress, now: number, columns: number): string[] {
  const lines: string[] = [];
  for (const stage of progress.stages.values()) {
    const count = stage.total === undefined ? '' : ` ${stage.done} of ${stage.total}`;
    const left = stageRemainingMs(stage, now);
    const eta = left === undefined ? '' : `, about ${formatDuration(left)} left`;
    lines.push(`\u001b[1m${stage.name}\u001b[0m${count}, ${formatDuration(now - stage.startedAt)}${eta}`);
    for (const task of runningTasks(stage)) {
      const detail = task.detail === '' ? '' : `  ${redact(task.detail)}`;
      const of = task.expectedMs === undefined ? '' : ` of ~${formatDuration(task.expectedMs)}`;
      lines.push(`  ${task.name} ${formatDuration(now - task.startedAt)}${of}${detail}`);
    }
  }
  return lines.map((line) => fit(line, columns));
}

/** Cuts a line to the terminal's width, so that it stays one row: the redraw counts rows. */
function fit(line: string, columns: number): string {
  const text = visible(line);
  return text.length < columns ? line : `${text.slice(0, Math.max(0, columns - 2))}…`;
}

function visible(line: string): string {
  return line.replace(/\u001b\[[0-9;]*m/g, '');
}
