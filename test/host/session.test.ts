import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession, staleSessions } from '../../toolkit/host/session.ts';

let cache = '';
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'session-'));
});
afterEach(async () => {
  await rm(cache, { recursive: true });
});

describe('staleSessions', () => {
  it('leaves alone the sessions of processes that live', async () => {
    await openSession(cache);
    expect(await staleSessions(cache)).toEqual([]);
  });

  it('finds the session of a process that is gone', async () => {
    const module = new URL('../../toolkit/host/session.ts', import.meta.url).href;
    const script = `const { openSession } = await import('${module}');
      console.log((await openSession(${JSON.stringify(cache)})).path); process.kill(process.pid, 'SIGKILL');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(await staleSessions(cache)).toEqual([child.stdout.trim()]);
  });

  it('is empty for a cache that was never used', async () => {
    expect(await staleSessions(join(cache, 'none'))).toEqual([]);
  });
});
