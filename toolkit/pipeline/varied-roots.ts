import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { actionKey } from '../domain/action-key.ts';
import { buildError } from '../domain/errors.ts';
import type { Bind, Root, RootCommand, Roots } from '../domain/ports.ts';
import { byCodeUnit, lastLines } from '../domain/text.ts';
import type { Context } from './context.ts';

const FOLDER = '/elsewhere/of-another-length';
/** Where the second root file system is composed. */
export const ELSEWHERE = `${FOLDER}/root`;
const SCRIPT = readFileSync(join(import.meta.dirname, 'vary-image.sh'), 'utf8');
const CLOCK = join(import.meta.dirname, '../stages/srpms-to-packages/shift-clock.c');
const PLACE = '/run/distrokit';
/** The grain of the coarsest times that files hold (FAT, zip), in ms. */
const COARSEST_TIME = 2_000;

/** A context whose sandboxes are otherwise in everything that must not matter. */
export interface VariedContext extends AsyncDisposable {
  readonly context: Context;
  /** What was varied, as the sandboxes say; sorted. */
  conditions(): Promise<readonly string[]>;
}

/**
 * Makes everything that runs in roots run in other conditions, under keys of its own: nothing but a comparison
 * sees what comes of it. `bytes` is how much the root file system holds.
 */
export async function variedContext(
  given: Context,
  bytes: number,
  signal: AbortSignal,
): Promise<VariedContext> {
  const { ports, distro, program } = given;
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await ports.roots.scratch('verify-'));
  const said = join(scratch.path, 'varied');
  await mkdir(said, { mode: 0o777 });
  await chmod(said, 0o777);
  const clock = join(scratch.path, 'shift-clock.so');
  await compileClock(await ports.roots.base(distro.worker, signal), scratch.path, ports.roots, signal);
  // The clock of packages' scripts cannot be shifted (they run in the image's own root, without the preloaded
  // library), and a small image is made twice within a second.
  await sleep(COARSEST_TIME, undefined, { signal });
  // A tree in memory, where a quarter of it is enough for all and some room.
  const needed = Math.ceil((bytes * 1.5) / 1024) + 65_536;
  const kib = needed * 1024 < freemem() / 4 ? needed : 0;
  const binds: Bind[] = [
    { source: said, target: `${PLACE}/varied`, writable: true },
    { source: clock, target: `${PLACE}/shift-clock.so`, writable: false },
  ];
  const vary = (command: RootCommand): RootCommand => ({
    ...command,
    argv: ['/bin/sh', '-c', SCRIPT, 'vary', FOLDER, String(kib), ...command.argv],
    binds: [...binds, ...(command.binds ?? [])],
  });
  const roots: Roots = {
    backend: ports.roots.backend,
    base: (name, wanted) => ports.roots.base(name, wanted),
    derive: (parent, key, command, wanted) => ports.roots.derive(parent, key, command, wanted),
    run: (root, command, wanted) => ports.roots.run(root, vary(command), wanted),
    open: (root, command, wanted) => ports.roots.open(root, vary(command), wanted),
    scratch: (prefix) => ports.roots.scratch(prefix),
    clean: (wanted) => ports.roots.clean(wanted),
  };
  const key = actionKey('varied-image/1', {
    program: program.key,
    script: SCRIPT,
    clock: await readFile(CLOCK, 'utf8'),
  });
  const owned = stack.move();
  return {
    context: {
      ...given,
      ports: { ...ports, roots },
      program: { ...program, key, toldAs: program.key },
      signer: undefined,
    },
    async conditions() {
      const text = await readFile(join(said, 'conditions'), 'utf8').catch(() => '');
      return [...new Set(text.split('\n').filter((line) => line !== ''))].sort(byCodeUnit);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function compileClock(worker: Root, folder: string, roots: Roots, signal: AbortSignal): Promise<void> {
  await copyFile(CLOCK, join(folder, 'shift-clock.c'));
  const argv = ['gcc', '-shared', '-fPIC', '-O2', '-nostdlib', '-o', '/work/shift-clock.so'] as const;
  const binds = [{ source: folder, target: '/work', writable: true }];
  const done = await roots.run(worker, { argv: [...argv, '/work/shift-clock.c'], binds }, signal);
  if (done.exitCode === 0) return;
  throw buildError('VERIFY_FAILED', `the clock could not be shifted\n${lastLines(done.stderr, 20)}`);
}
