import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcesses, findProgram } from '../../../toolkit/host/process/run.ts';

const { run } = createProcesses();
const never = new AbortController().signal;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('createProcesses', () => {
  it('gives a program no environment but the minimal one and what is added', async () => {
    process.env.LEAKED_SECRET = 'x';
    const result = await run({ argv: ['env'], env: { ADDED: '1' } }, never);
    const names = result.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['ADDED', 'HOME', 'LANG', 'PATH', 'TZ']);
    expect(result.stdout).toContain('LANG=C.UTF-8\n');
  });

  it('reports a non-zero exit code as a result, and a signal as 128 + its number', async () => {
    const argv = (script: string) => ['sh', '-c', script] as const;
    expect((await run({ argv: argv('exit 7') }, never)).exitCode).toBe(7);
    expect((await run({ argv: argv('kill -9 $$') }, never)).exitCode).toBe(137);
  });

  it('keeps apart stdout and stderr, hands out lines, and logs both', async () => {
    const lines: string[] = [];
    const log = join(folder, 'deep', 'run.log');
    const argv = ['sh', '-c', 'echo one; echo two >&2; printf three'] as const;
    const result = await run({ argv, log, onLine: (line) => lines.push(line) }, never);
    expect([result.stdout, result.stderr]).toEqual(['one\nthree', 'two\n']);
    expect(lines.sort()).toEqual(['one', 'three', 'two']);
    expect((await readFile(log, 'utf8')).length).toBe('one\ntwo\nthree'.length);
  });

  it('reads nothing from the terminal, and what it is given from stdin', async () => {
    expect((await run({ argv: ['cat'] }, never)).stdout).toBe('');
    expect((await run({ argv: ['cat'], stdin: 'text' }, never)).stdout).toBe('text');
  });

  it('survives a program that does not read its input', async () => {
    const result = await run({ argv: ['true'], stdin: 'x'.repeat(1_000_000) }, never);
    expect(result.exitCode).toBe(0);
  });

  it('keeps the last mebibyte of a long output', async () => {
    const result = await run(
      { argv: ['sh', '-c', 'head -c 5000000 /dev/zero | tr "\\0" a; echo end'] },
      never,
    );
    expect(result.stdout.length).toBe(1024 * 1024);
    expect(result.stdout.endsWith('aaaend\n')).toBe(true);
  });

  it('names a program that is not there', async () => {
    await expect(run({ argv: ['no-such-program'] }, never)).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      errorClass: 'host',
    });
    expect(await findProgram('no-such-program')).toBeUndefined();
  });

  it('ends a program that takes too long', async () => {
    await expect(run({ argv: ['sleep', '60'], timeoutMs: 100 }, never)).rejects.toMatchObject({
      code: 'PROCESS_TIMED_OUT',
    });
  });

  it('throws the reason of an abort, before and while a program runs', async () => {
    const reason = new Error('no longer wanted');
    await expect(run({ argv: ['true'] }, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const running = run({ argv: ['sleep', '60'] }, controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    await expect(running).rejects.toBe(reason);
  });

  it('kills a program whose log cannot be written', async () => {
    const running = run({ argv: ['sh', '-c', 'while :; do echo x; done'], log: '/dev/full' }, never);
    await expect(running).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  it('leaves no program behind when we are killed', async () => {
    const seconds = `9876.${process.pid}`;
    const module = new URL('../../../toolkit/host/process/run.ts', import.meta.url).href;
    const script = `const { createProcesses } = await import('${module}');
      await createProcesses().run({ argv: ['sleep', '${seconds}'] }, new AbortController().signal);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const commandLine = async (pid: string) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const sleeping = async () =>
      (await Promise.all((await readdir('/proc')).map(commandLine))).includes(`sleep\0${seconds}\0`);
    while (!(await sleeping())) await sleep(20);
    parent.kill('SIGKILL');
    await expect.poll(sleeping).toBe(false);
  });
});
