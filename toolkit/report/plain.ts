import type { EventSink } from '../domain/events.ts';
import { eventLine } from './lines.ts';

/** Reports events as plain lines, for logs and pipes. `write` gets whole lines with their newline. */
export function createPlainReporter(write: (text: string) => void): EventSink {
  return {
    emit(event) {
      const line = eventLine(event);
      if (line !== undefined) write(`${line}\n`);
      else if (event.type === 'task.started') write(`  ${event.task} ...\n`);
    },
  };
}
