import type { ToolkitEvent } from '../domain/events.ts';
import { formatDuration } from './duration.ts';
import { redact } from './redact.ts';

/**
 * The line that stays on screen for an event, or undefined for one that only moves the progress display.
 * Reused tasks are silent: a run that changes nothing says so in its stage lines.
 */
export function eventLine(event: ToolkitEvent): string | undefined {
  switch (event.type) {
    case 'stage.started':
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
