import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../toolkit/domain/answers/document.ts';
import { openBrowser } from '../support/browser.ts';
import { CHECKOUT, isRoot, ROOT_CACHE } from '../support/checkout.ts';
import { type Run, run } from '../support/shell.ts';
import { tinySpecs } from '../support/trial.ts';

const specs = {
  ...tinySpecs({
    base: {},
    lib: {
      preamble: ['BuildRequires: base', 'Requires: base'],
      more: [
        '%package devel',
        'Summary: More',
        'Requires: lib',
        '%description devel',
        'More.',
        '%files devel',
      ],
    },
    app: { preamble: ['BuildRequires: lib-devel gcc', 'Requires: lib'] },
    ping: { preamble: ['BuildRequires: pong'] },
    pong: { preamble: ['BuildRequires: ping'] },
  }),
  'torn/torn.spec': 'Name: torn\nVersion: 1\n%if 1\n',
};

describe.runIf(isRoot())('questions about the graph', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'answers-'));
    for (const [path, text] of Object.entries(specs)) {
      await mkdir(dirname(join(folder, 'specs', path)), { recursive: true });
      await writeFile(join(folder, 'specs', path), text);
    }
  });

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function ask(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
    const own = {
      DISTROKIT_CACHE: ROOT_CACHE,
      SPECS_DIR: join(folder, 'specs'),
      OUT_DIR: join(folder, 'out'),
    };
    return await run([join(CHECKOUT, 'toolkit/distrokit'), ...words], { env: { ...own, ...env } });
  }

  it('are answered for people; what happens on the way, and specs that cannot be read, are told apart', async () => {
    const { code, stdout, stderr } = await ask(['why', 'base', '--from', 'app']);
    expect(stdout).toBe(
      [
        'base: the shortest chains from app, of 4 steps',
        '',
        '  app',
        '    asks for           app/app.spec',
        '    needs to be built  lib-devel',
        '    is made by         lib/lib.spec',
        '    needs to be built  base',
        '',
        '  app',
        '    asks for           app/app.spec',
        '    needs to be built  lib-devel',
        '    requires           lib',
        '    requires           base',
        '',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(/torn\.spec/);
    expect(code).toBe(0);
  });

  it.each([
    [['why', 'lib'], { chainCount: 2, isEverything: true }],
    [['needs', 'app', '--depth', '1'], { isReverse: false, buildsBefore: ['base', 'lib'] }],
    [['needs', 'lib-devel', '--reverse'], { build: { edges: [{ from: 'app/app.spec' }] } }],
    [['what-if', '--changed', 'base'], { rebuilds: [{ name: 'base' }, { name: 'lib' }, { name: 'app' }] }],
    [['providers', '(gcc or nothing)'], { chosen: ['seed://gcc'] }],
    [['cycles'], { unsolved: [{ componentSize: 4 }] }],
  ] as const)('%j with --json is one document on stdout', async (words, answer) => {
    const { code, stdout } = await ask([...words, '--json']);
    expect(JSON.parse(stdout)).toMatchObject(answer);
    expect(code).toBe(0);
  });

  it('ask for something that there is', async () => {
    const typo = await ask(['needs', 'lib-devl']);
    expect(typo).toMatchObject({ code: 2, stdout: '' });
    expect(typo.stderr).toContain('Did you mean lib-devel?');
    const { code, stdout } = await ask(['why', 'lib-devl', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'error',
      code: 'PACKAGE_UNKNOWN',
      hint: 'Did you mean lib-devel?',
    });
    const torn = await ask(['why', 'torn']);
    expect(torn.code).toBe(2);
    expect(torn.stderr).toMatch(/torn could not be read: .*torn\.spec:\d+: /);
    expect((await ask(['why', 'lib', '--chains', '0'])).code).toBe(2);
    expect((await ask(['what-if'])).code).toBe(2);
  });

  it('may be about the whole graph, for Graphviz or programs; specs that cannot be read are in it', async () => {
    const json = await ask(['graph', '--format', 'json']);
    expect(json.code).toBe(2);
    const document = JSON.parse(json.stdout) as GraphDocument;
    const states = Object.fromEntries(document.nodes.map(({ id, state }) => [id, state]));
    expect(states).toMatchObject({
      'app/app.spec': 'build',
      'torn/torn.spec': 'failed',
      'seed://gcc': 'seed',
    });
    const dot = await ask(['graph', '--format', 'dot', '--output', join(folder, 'graph.dot')]);
    expect(dot.stdout).toBe('');
    expect(await readFile(join(folder, 'graph.dot'), 'utf8')).toMatch(
      /^digraph "everything" \{\n[\s\S]*\n\}\n$/,
    );
  });

  it('about our own distribution have a page that a browser shows', async () => {
    const page = join(folder, 'graph.html');
    const made = await ask(
      ['graph', '--format', 'html', '--output', page, '--config', 'configs/minimal.yaml'],
      {
        SPECS_DIR: join(CHECKOUT, 'specs'),
      },
    );
    expect(made).toMatchObject({ code: 0, stdout: '' });
    await using browser = await openBrowser();
    const shown = await browser.open(`file://${page}`);
    expect(await shown.locator('#panel h2').textContent()).toBe('Goal: minimal');
    await shown.locator('#search').fill('busybox');
    await shown.keyboard.press('Enter');
    expect(await shown.locator('.node .name').allTextContents()).toEqual(
      expect.arrayContaining(['busybox', 'musl-devel', 'gcc']),
    );
    expect(browser.faults).toEqual([]);
  });

  it('may be left unread', async () => {
    const env = { DISTROKIT_CACHE: ROOT_CACHE, OUT_DIR: join(folder, 'out') };
    const program = join(CHECKOUT, 'toolkit/distrokit');
    const { stderr } = await run(['sh', '-c', '"$1" graph --format html | true', 'sh', program], {
      env,
    });
    expect(stderr).toContain('graph: ');
    expect(stderr).not.toContain('EPIPE');
  });

  it('are known to shell completion', async () => {
    const { stdout } = await ask(['completion', 'bash']);
    for (const word of [
      'why',
      'needs',
      'what-if',
      'providers',
      'cycles',
      '--from',
      '--reverse',
      '--changed',
      '--output',
    ]) {
      expect(stdout).toContain(word);
    }
  });
});
