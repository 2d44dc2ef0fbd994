import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { must } from '../../support/shell.ts';

const HOLD = readFileSync(new URL('../../../toolkit/host/docker/hold.sh', import.meta.url), 'utf8');

describe('hold.sh', () => {
  let folder: string;
  let pipe: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hold-'));
    pipe = join(folder, 'pipe');
    await must(['mkfifo', pipe]);
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  /** Exit code once it has ended. */
  async function hold(): Promise<{ readonly code: number | undefined; end: Promise<void> }> {
    const child = spawn('sh', ['-c', HOLD, 'hold', pipe], { stdio: 'ignore' });
    const state: { code: number | undefined; end: Promise<void> } = {
      code: undefined,
      end: Promise.resolve(),
    };
    state.end = once(child, 'exit').then(([code]) => {
      state.code = code as number;
    });
    return state;
  }

  it('stays while the pipe has a writer, whatever is written, and ends with the last', async () => {
    const writers = [
      await open(pipe, constants.O_RDWR | constants.O_NONBLOCK),
      await open(pipe, constants.O_RDWR | constants.O_NONBLOCK),
    ];
    const held = await hold();
    await sleep(200);
    await writers[0]!.write('a line\nand half a line');
    await writers[0]!.close();
    await sleep(200);
    expect(held.code).toBeUndefined();
    await writers[1]!.close();
    await held.end;
    expect(held.code).toBe(0);
  });

  it('ends at once when the writer was gone before it began', async () => {
    const held = await hold();
    await held.end;
    expect(held.code).toBe(0);
  });
});
