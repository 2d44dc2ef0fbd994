import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../toolkit/domain/events.ts';
import { createHost } from '../../toolkit/host/host.ts';

const never = new AbortController().signal;
let folder = '';
let events: ToolkitEvent[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'made-'));
  await mkdir(join(folder, 'chroot'));
  await writeFile(join(folder, 'chroot', 'tiny.packages'), 'mount\nhostname\n');
});
afterAll(async () => {
  const host = await open();
  await host.roots.clean(never);
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const settings = () => ({ cacheDir: join(folder, 'cache'), chrootDir: join(folder, 'chroot') });
const open = async (locked = false) =>
  await createHost({
    ...settings(),
    toolchain: 'userns',
    locked,
    events: { emit: (event) => void events.push(event) },
  });
const notices = () => events.flatMap((event) => (event.type === 'notice.given' ? [event.message] : []));
const lockPath = () => join(folder, 'chroot', 'tiny.lock');

/** Processes whose command line names this cache, or that see a mount of it. */
async function traces(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const read = async (name: string) => await readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    const facts = `${await read('cmdline')}${await read('mountinfo')}`;
    if (facts.includes(folder)) found.push(pid);
  }
  return found;
}

describe('a root that is being made', () => {
  it.each([1, 2, 3, 4, 5])('leaves nothing behind when we are killed (%i)', async () => {
    const module = new URL('../../toolkit/host/host.ts', import.meta.url).href;
    const script = `const { createHost } = await import('${module}');
      const host = await createHost({ ...${JSON.stringify(settings())}, toolchain: 'userns', locked: false, events: { emit() {} } });
      console.log('ready');
      await host.roots.base('tiny', new AbortController().signal);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await sleep(1_000 + Math.random() * 20_000);
    expect(await traces()).not.toEqual([]);
    child.kill('SIGKILL');
    await expect.poll(traces, { timeout: 5_000 }).toEqual([]);
  });

  it('is made by the next run, which takes the remains away', async () => {
    const host = await open();
    const root = await host.roots.base('tiny', never);
    expect((await host.roots.run(root, { argv: ['hostname'] }, never)).stdout).toBe('build\n');
    await host[Symbol.asyncDispose]();
    expect(await readdir(join(folder, 'cache', 'tmp'))).toEqual([]);
  });
});

describe('a lock', () => {
  it('is asked for by --locked', async () => {
    await using host = await open(true);
    await expect(host.roots.base('tiny', never)).rejects.toMatchObject({ code: 'ROOT_LOCK_MISSING' });
  });

  it('is written from what the mirror has, and then needs no new root', async () => {
    await using host = await open();
    expect(await host.roots.updateLock('tiny', never)).toEqual(['there was no lock']);
    expect(JSON.parse(await readFile(lockPath(), 'utf8'))).toMatchObject({ suite: 'trixie' });
    events = [];
    await using locked = await open(true);
    await locked.roots.base('tiny', never);
    expect(events).toEqual([]);
  });

  it('that the mirror cannot follow is refused by --locked, and otherwise said aloud once', async () => {
    const text = await readFile(lockPath(), 'utf8');
    await writeFile(lockPath(), text.replace(/("name":"bash","version":")[^"]*/, '$10.1-1'));
    await using strict = await open(true);
    await expect(strict.roots.base('tiny', never)).rejects.toMatchObject({
      code: 'ROOT_LOCK_DIFFERS',
      errorClass: 'usage',
      message: expect.stringContaining('mirror no longer has bash 0.1-1, took '),
    });
    events = [];
    await using host = await open();
    const root = await host.roots.base('tiny', never);
    expect(notices()).toEqual([expect.stringContaining('mirror no longer has bash 0.1-1, took ')]);
    expect(root.packages.find((one) => one.name === 'bash')?.version).not.toBe('0.1-1');
    await using again = await open();
    await again.roots.base('tiny', never);
    expect(notices()).toHaveLength(1);
  });
});

describe('clean', () => {
  it('removes the roots, which then come back from their tar', async () => {
    await using host = await open();
    await host.roots.clean(never);
    const root = await host.roots.base('tiny', never);
    expect((await host.roots.run(root, { argv: ['true'] }, never)).exitCode).toBe(0);
    expect(events.filter((event) => event.type === 'task.started')).toHaveLength(1);
  });
});

describe('a mirror that is not there', () => {
  it('is named as the likely cause', async () => {
    await using host = await createHost({
      cacheDir: join(folder, 'cache'),
      chrootDir: join(folder, 'chroot'),
      toolchain: 'userns',
      locked: false,
      mirror: 'http://127.0.0.1:9/debian',
      events: { emit() {} },
    });
    await writeFile(join(folder, 'chroot', 'other.packages'), 'mount\n');
    await expect(host.roots.base('other', never)).rejects.toMatchObject({
      code: 'ROOT_NOT_MADE',
      hint: expect.stringContaining('DEBIAN_MIRROR'),
    });
  });
});
