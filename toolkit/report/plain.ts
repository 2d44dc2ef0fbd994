import type { EventSink } from '../domain/events.ts';
import { eventLine } from './lines.ts';

/**
 * Reports events as plain lines, for logs and pipes. `write` gets whole lines with their newline. A task is
 * told of when it first makes progress: what is only reused stays silent.
 */
export function createPlainReporter(write: (text: string) => void): EventSink {
  const told = new Set<string>();
  return {
    emit(event) {
      const line = eventLine(event);
      if (line !== undefined) write(`${line}\n`);
      else if (event.type === 'task.progressed' && !told.has(event.task)) {
        told.add(event.task);
        write(`  ${event.task} ...\n`);
      }
    },
  };
}
