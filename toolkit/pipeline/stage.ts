import type { Ports } from '../domain/ports.ts';

/** Runs one stage between its two events. `work` gives the stage's result and what to say of it. */
export async function inStage<T>(
  ports: Pick<Ports, 'events' | 'clock'>,
  stage: string,
  total: number | undefined,
  work: () => Promise<{ readonly result: T; readonly detail: string }>,
): Promise<T> {
  const start = ports.clock.now();
  ports.events.emit({ type: 'stage.started', stage, ...(total === undefined ? {} : { total }) });
  const { result, detail } = await work();
  ports.events.emit({ type: 'stage.finished', stage, durationMs: ports.clock.now() - start, detail });
  return result;
}

/** A part of a stage, as it is shown. */
export interface Task {
  readonly stage: string;
  readonly task: string;
  /** How long it took the last time, where that is known. */
  readonly expectedMs?: number | undefined;
}

/**
 * Runs one task between its two events; `describe` says how it ended. A throw is told as a failure, or as an
 * interruption once `signal` is aborted.
 */
export async function inTask<T>(
  ports: Pick<Ports, 'events' | 'clock'>,
  { stage, task, expectedMs }: Task,
  work: () => Promise<T>,
  describe: (result: T) => { readonly outcome: 'made' | 'reused' | 'failed'; readonly detail?: string },
  signal: AbortSignal,
): Promise<T> {
  const start = ports.clock.now();
  const expected = expectedMs === undefined ? {} : { expectedMs };
  ports.events.emit({ type: 'task.started', stage, task, ...expected });
  const finished = { type: 'task.finished', stage, task } as const;
  try {
    const result = await work();
    ports.events.emit({ ...finished, durationMs: ports.clock.now() - start, ...describe(result) });
    return result;
  } catch (error) {
    const durationMs = ports.clock.now() - start;
    ports.events.emit({ ...finished, durationMs, outcome: signal.aborted ? 'interrupted' : 'failed' });
    throw error;
  }
}
