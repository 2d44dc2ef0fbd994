import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { makeLogin } from '../support/images.ts';
import { must } from '../support/shell.ts';

interface Step {
  readonly kind: 'file' | 'run';
  readonly path: string;
  readonly text: string;
}

/** The files and commands of docs/add-a-package.md, in order. */
async function stepsOfThePage(): Promise<Step[]> {
  const page = await readFile(join(CHECKOUT, 'docs/add-a-package.md'), 'utf8');
  const pattern = /<!-- (file: (?<path>\S+)|run) -->\n```\w+\n(?<text>[\s\S]*?)```\n/g;
  return [...page.matchAll(pattern)].map(({ groups }) => ({
    kind: groups?.path === undefined ? 'run' : 'file',
    path: groups?.path ?? '',
    text: groups?.text ?? '',
  }));
}

describe.runIf(isRoot())('docs/add-a-package.md', () => {
  let home: string;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('add-a-package');
    clone = await warmClone(home);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('leads to a program that runs in the booted image', async () => {
    const steps = await stepsOfThePage();
    expect(steps.map(({ kind }) => kind)).toEqual(['file', 'file', 'run', 'run', 'file', 'run']);
    const login = await makeLogin(home);
    const hash = /passwordHash: '([^']+)'/.exec(login.yaml)![1]!;
    for (const { kind, path, text } of steps) {
      if (kind === 'run') {
        await clone.must(text.trim().split(' ') as [string, ...string[]]);
        continue;
      }
      const file = join(clone.dir, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text.replace('REPLACE-WITH-A-HASH', hash));
      await must(['chown', '-R', '--reference', join(clone.dir, 'package.json'), dirname(file)]);
    }
    const passwordFile = join(home, 'password');
    await writeFile(passwordFile, login.password);
    const booted = await clone.must([
      ...(['toolkit/distrokit', 'boot', 'images/mine/mine-1.0.raw', '--check', '--json'] as const),
      ...['--password-file', passwordFile, '--run', 'hello'],
    ]);
    const { result } = JSON.parse(booted.stdout.trimEnd().split('\n').at(-1)!);
    expect(result.outputs).toEqual(['hello from a package of my own']);
  });
});
