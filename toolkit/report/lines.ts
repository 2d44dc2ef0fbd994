import type { ToolkitEvent } from '../domain/events.ts';
import { buildSummaryLines } from './build-summary.ts';
import { formatDuration } from './duration.ts';
import { redact } from './redact.ts';

/**
 * The lines that stay on screen for an event; none for one that only moves the progress display. Reused tasks
 * are silent: a run that changes nothing says so in its stage lines.
 */
export function eventLines(event: ToolkitEvent): readonly string[] {
  if (event.type === 'builds.summarized') return buildSummaryLines(event.summary).map(redact);
  const line = eventLine(event);
  return line === undefined ? [] : [line];
}

function eventLine(event: Exclude<ToolkitEvent, { type: 'builds.summarized' }>): string | undefined {
  switch (event.type) {
    case 'stage.started':
    case 'stage.planned':
    case 'task.started':
    case 'task.progressed':
      return undefined;
    case 'stage.finished':
      return `${event.stage}: ${redact(event.detail)} (${formatDuration(event.durationMs)})`;
    case 'task.finished':
      return taskLine(event);
    case 'notice.given':
      return `${event.level === 'warning' ? 'warning: ' : ''}${redact(event.message)}`;
  }
}

function taskLine(event: Extract<ToolkitEvent, { type: 'task.finished' }>): string | undefined {
  const detail = event.detail === undefined ? '' : `: ${redact(event.detail)}`;
  switch (event.outcome) {
    case 'made':
      return `  ${event.task} ${formatDuration(event.durationMs)}${detail}`;
    case 'failed':
      return `  ${event.task} FAILED${detail}`;
    case 'skipped':
      return `  ${event.task} skipped${detail}`;
    case 'interrupted':
      return `  ${event.task} interrupted after ${formatDuration(event.durationMs)}`;
    case 'reused':
      return undefined;
  }
}
