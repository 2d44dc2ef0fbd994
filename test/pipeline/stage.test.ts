import { describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../toolkit/domain/events.ts';
import { inTask } from '../../toolkit/pipeline/stage.ts';

async function endsWith(work: (stop: AbortController) => Promise<void>): Promise<unknown> {
  const events: ToolkitEvent[] = [];
  const stop = new AbortController();
  const ports = {
    events: { emit: (event: ToolkitEvent) => void events.push(event) },
    clock: { now: () => 0 },
  };
  await inTask(
    ports,
    { stage: 'packages', task: 'pam' },
    () => work(stop),
    () => ({ outcome: 'made' }),
    stop.signal,
  ).catch(() => undefined);
  const last = events.at(-1);
  return last?.type === 'task.finished' ? last.outcome : last;
}

describe('inTask', () => {
  it('tells of an interrupted task that it was interrupted, of no other', async () => {
    expect(await endsWith(async () => undefined)).toBe('made');
    expect(await endsWith(() => Promise.reject(new Error('disk full')))).toBe('failed');
    const interrupted = async (stop: AbortController) => {
      stop.abort(new Error('interrupted by SIGINT'));
      stop.signal.throwIfAborted();
    };
    expect(await endsWith(interrupted)).toBe('interrupted');
  });
});
