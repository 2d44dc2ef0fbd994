import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Clone,
  cloneCheckout,
  isRoot,
  leftovers,
  removeTree,
  testHome,
  USER,
  WARM_CACHE,
} from '../support/checkout.ts';
import { jsonLines } from '../support/events.ts';
import { processesOf, toolkitProcess } from '../support/processes.ts';
import { must, type Run } from '../support/shell.ts';
import { makeTrial, SALT, type Trial, tinySpecs } from '../support/trial.ts';

/** How often each stage is killed, each time at another moment. */
const KILLS = 5;
const SPECS = 12;

/** Which command runs a stage, what the stage calls itself in events, and where its results are. */
const STAGES = [
  ['scan', ['graph'], '02-graph.json'],
  ['source packages', ['srpms'], 'SRPMS'],
  ['packages', ['packages'], 'RPMS'],
  ['repository', ['packages'], 'RPMS'],
] as const;
const IMAGE_STAGES = ['root file system', 'disk', 'images'] as const;

describe.runIf(isRoot())('SIGKILL to the process alone, at random moments', () => {
  let home: string;
  let clone: Clone;
  /** The warm cache as it was: each kill starts with a copy, so that nothing is known of what it makes. */
  let pristine: string;
  const random = createRandom(SALT);

  beforeAll(async () => {
    home = await testHome('kill');
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'user', join(home, 'work/cache'));
    await clone.must(['make', 'setup']);
    pristine = join(home, 'pristine');
    // Everything in it is content that is never written to, but for files that are replaced as a whole.
    await must(['cp', '-al', WARM_CACHE, pristine]);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function freshCache(): Promise<void> {
    await removeTree(clone.cache);
    await must(['cp', '-al', pristine, clone.cache]);
  }

  /**
   * Runs a command once undisturbed, then kills it at `KILLS` moments of a stage. After each nothing may be
   * left running or mounted, and the next run has to give what the undisturbed one gave.
   */
  async function killAll(
    trial: Trial,
    words: readonly string[],
    stage: string,
    results: string,
  ): Promise<void> {
    await freshCache();
    const clean = await trial.must([...words, '--json']);
    const expected = await digestOf(results);
    expect(expected.length).toBeGreaterThan(0);
    const durationMs = stageDuration(clean.stdout, stage);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const delayMs = random() * durationMs;
      const moment = `${stage}, kill ${kill + 1}, after ${Math.round(delayMs)} of ${Math.round(durationMs)} ms`;
      await freshCache();
      await removeTree(join(trial.dir, 'out'));
      await removeTree(join(trial.dir, 'images'));
      const { code } = await killIn(trial, words, stage, delayMs);
      // It may have been quicker than the last time.
      expect([0, 137], moment).toContain(code);
      expect(await processesOf(USER), moment).toEqual([]);
      expect(await leftovers(home), moment).toEqual([]);
      await trial.must(words);
      expect(await digestOf(results), moment).toEqual(expected);
      expect(await readdir(join(clone.cache, 'tmp')), moment).toEqual([]);
      expect(await partials(trial.dir), moment).toEqual([]);
    }
  }

  async function killIn(
    trial: Trial,
    words: readonly string[],
    stage: string,
    delayMs: number,
  ): Promise<Run> {
    const started = Promise.withResolvers<void>();
    const running = trial.run([...words, '--json'], {
      onOutput: (text) => {
        if (text.includes(`"stage.started","stage":"${stage}"`)) started.resolve();
      },
    });
    const pid = await toolkitProcess(clone);
    await Promise.race([started.promise, running]);
    await sleep(delayMs);
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
    return await running;
  }

  it.each(STAGES)(
    'of the stage %s leave nothing, and the next run goes on',
    async (stage, words, results) => {
      const build = ['sleep 0.3', `echo ${stage} > built`];
      const specs = Object.fromEntries(Array.from({ length: SPECS }, (_, at) => [`package${at}`, { build }]));
      const trial = await makeTrial(clone, stage.replace(' ', '-'), tinySpecs(specs));
      await killAll(trial, words, stage, join(trial.out, results));
    },
  );

  it.each(IMAGE_STAGES)('of the stage %s leave nothing, and the next run goes on', async (stage) => {
    const trial = await makeTrial(clone, stage.replaceAll(' ', '-'), {});
    const config = join(clone.dir, 'configs/killed.yaml');
    const text = `version: "1.0"\ninclude: [minimal.packages.yaml]\nfiles:\n  - path: /etc/salt\n    content: "${SALT} ${stage}"\n`;
    await writeFile(config, text);
    const env = { SPECS_DIR: join(clone.dir, 'specs') };
    const withSpecs: Trial = {
      ...trial,
      run: (words, options) => trial.run(words, { ...options, env }),
      must: (words, options) => trial.must(words, { ...options, env }),
    };
    const results = join(trial.dir, 'images/killed');
    await killAll(withSpecs, ['image', '--config', 'configs/killed.yaml'], stage, results);
  });
});

/** Milliseconds that a stage took in a run with --json. */
function stageDuration(stdout: string, stage: string): number {
  const finished = jsonLines(stdout).find((line) => line.type === 'stage.finished' && line.stage === stage);
  if (finished === undefined) throw new Error(`there was no stage ${stage}`);
  return Number(finished.durationMs);
}

/** Paths and SHA-256 of a file, or of all files in a folder; sorted. */
async function digestOf(path: string): Promise<string[]> {
  const find = [
    'find',
    path,
    '-type',
    'f',
    '-not',
    '-name',
    '.key',
    '-exec',
    'sha256sum',
    '{}',
    '+',
  ] as const;
  const { stdout } = await must([...find]);
  return stdout.trimEnd().split('\n').sort();
}

async function partials(folder: string): Promise<string[]> {
  const found = await must([
    'find',
    folder,
    '-xdev',
    '-path',
    '*/roots/*',
    '-prune',
    '-o',
    '-name',
    '*.tmp',
    '-print',
  ]);
  return found.stdout.split('\n').filter((line) => line !== '');
}

/** Numbers from 0 to 1 that look random and follow from a seed, which a failure can be repeated with. */
function createRandom(seed: string): () => number {
  let count = 0;
  return () => {
    count += 1;
    return createHash('sha256').update(`${seed} ${count}`).digest().readUInt32BE() / 2 ** 32;
  };
}
