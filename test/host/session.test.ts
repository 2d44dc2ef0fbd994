import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../toolkit/domain/events.ts';
import { openSession, otherSessions, staleSessions, sweepSessions } from '../../toolkit/host/session.ts';

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

  it('are removed once, and what cannot be removed is a warning', async () => {
    const session = await openSession(cache);
    const [namespace] = basename(session.path).split('-');
    // No process has this number.
    for (const id of ['a', 'b']) await mkdir(join(cache, 'tmp', `${namespace}-4194305-1-${id}`));
    const events: ToolkitEvent[] = [];
    const asked: string[] = [];
    const remove = async (path: string) => {
      asked.push(path);
      if (path.endsWith('1')) throw new Error('busy');
      await rm(path, { recursive: true });
    };
    await sweepSessions(cache, session, remove, { emit: (event) => void events.push(event) });
    expect(asked).toHaveLength(2);
    expect(events).toMatchObject([{ level: 'warning', message: expect.stringMatching(/busy/) }]);
    expect(await staleSessions(cache)).toEqual([]);
    expect((await readdir(join(cache, 'tmp'))).sort()).toEqual(
      [basename(session.path), `${basename(session.path)}.stale1`].sort(),
    );
    expect(await otherSessions(cache)).toEqual([]);
  });

  it('is empty for a cache that was never used', async () => {
    expect(await staleSessions(join(cache, 'none'))).toEqual([]);
  });
});
