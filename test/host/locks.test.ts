import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../toolkit/domain/events.ts';
import { createLocks } from '../../toolkit/host/locks.ts';

const never = new AbortController().signal;
let folder = '';
let events: ToolkitEvent[] = [];
const open = () => createLocks(folder, { emit: (event) => events.push(event) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locks-'));
  events = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Another process that holds the lock `x` until it is killed. */
async function otherHolder() {
  const module = new URL('../../toolkit/host/locks.ts', import.meta.url).href;
  const script = `const { createLocks } = await import('${module}');
    await createLocks(${JSON.stringify(folder)}, { emit() {} }).acquire('x', new AbortController().signal);
    console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('createLocks', () => {
  it('lets one part of this process in at a time, in order', async () => {
    const locks = open();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (number) => {
        await using _lock = await locks.acquire('x', never);
        order.push(number);
        await sleep(20);
        order.push(number);
      }),
    );
    expect(order).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('does not mix up names', async () => {
    const locks = open();
    await using _one = await locks.acquire('a/b', never);
    await using _other = await locks.acquire('a-b', never);
  });

  it('gives up on abort, and lets the next one in all the same', async () => {
    const locks = open();
    const controller = new AbortController();
    const reason = new Error('enough');
    const held = await locks.acquire('x', never);
    const second = locks.acquire('x', controller.signal);
    const third = locks.acquire('x', never);
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await held[Symbol.asyncDispose]();
    await (await third)[Symbol.asyncDispose]();
  });

  it('waits for another process, says so, and gets the lock when that one is killed', async () => {
    const child = await otherHolder();
    const acquiring = open().acquire('x', never);
    await expect.poll(() => events, { timeout: 5_000 }).toHaveLength(1);
    child.kill('SIGKILL');
    await using _lock = await acquiring;
    expect(events[0]).toMatchObject({ type: 'notice.given', message: expect.stringContaining('(x)') });
  });
});
