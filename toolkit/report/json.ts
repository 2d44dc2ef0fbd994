import type { EventSink } from '../domain/events.ts';

/** Reports every event as one JSON object a line. */
export function createJsonReporter(write: (text: string) => void): EventSink {
  return {
    emit(event) {
      write(`${JSON.stringify(event)}\n`);
    },
  };
}
