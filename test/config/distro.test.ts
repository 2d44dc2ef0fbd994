import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDistroProfile } from '../../toolkit/config/distro.ts';
import { CHECKOUT } from '../support/checkout.ts';

const MINIMAL = `arch: x86_64
dist: .x1
rpm: "4.18.2"
releasever: "1"
worker: worker
specs: [specs]
`;

describe('loadDistroProfile', () => {
  let checkout: string;

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'distro-'));
    await mkdir(join(checkout, 'configs/distros'), { recursive: true });
  });
  afterEach(async () => await rm(checkout, { recursive: true }));

  async function load(text: string, name = 'mine') {
    await writeFile(join(checkout, 'configs/distros/mine.yaml'), text);
    return await loadDistroProfile(name, checkout);
  }

  it('reads every profile that is shipped, and its worker root is there', async () => {
    const names = (await readdir(join(CHECKOUT, 'configs/distros')))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.replace('.yaml', ''));
    expect(names.sort()).toEqual(['azurelinux-3.0', 'distrokit']);
    const roots = await readdir(join(CHECKOUT, 'chroot'));
    for (const name of names) {
      const profile = await loadDistroProfile(name, CHECKOUT);
      expect(profile.name).toBe(name);
      expect(roots).toEqual(expect.arrayContaining([`${profile.worker}.packages`, `${profile.worker}.lock`]));
    }
  });

  it('fills in what is not said', async () => {
    const target = { arch: 'x86_64', distTag: '.x1', macros: [], rpmVersion: '4.18.2' };
    expect(await load(MINIMAL)).toEqual({
      name: 'mine',
      target,
      build: { target, files: [], librariesOfWorker: false },
      ...{ releasever: '1', worker: 'worker', specs: ['specs'], files: [], answers: [] },
      ...{ versionMacros: undefined, prefer: new Map(), prebuilt: { names: [], manifests: [] } },
    });
  });

  it('lets builds have definitions, files and libraries of their own', async () => {
    const { target, build } = await load(`${MINIMAL}defines: { one: "1", two: "2" }
build:
  libraries: worker
  defines: { two: two }
  files: [{ from: [SPECS/a, ./mine/b], to: /etc/rpm }]
`);
    expect(target.macros.map(({ body }) => body)).toEqual(['1', '2']);
    expect(build.target.macros.map(({ body }) => body)).toEqual(['1', 'two']);
    expect(build.librariesOfWorker).toBe(true);
    const [glob, own] = build.files[0]!.from;
    expect(glob).toBe('SPECS/a');
    expect(own).toMatch(/^\/.*\/mine\/b$/);
  });

  it('sorts defines by name and takes answers in their order', async () => {
    const { target, answers } = await load(
      `${MINIMAL}defines: {zzz: "1", aaa: "2"}\nanswers:\n  perl: [{ask: -v, say: "5"}, {ask: "*", say: ""}]\n`,
    );
    expect(target.macros.map(({ name }) => name)).toEqual(['aaa', 'zzz']);
    expect(answers).toEqual([
      { program: 'perl', question: '-v', answer: '5' },
      { program: 'perl', question: '*', answer: '' },
    ]);
  });

  it.each([
    [
      'a key that is mistyped',
      `${MINIMAL}define: {}\n`,
      "7:1: unknown key 'define'; did you mean 'defines'?",
    ],
    [
      'a key of a list in a record',
      `${MINIMAL}answers: {perl: [{aks: x, say: y}]}\n`,
      "7:19: unknown key 'aks'",
    ],
    ['a missing key', MINIMAL.replace('dist: .x1\n', ''), "1:1: 'dist' is missing"],
    ['a number where the zero counts', `${MINIMAL}defines: {azl: 3.0}\n`, '7:16: a text in quotes is wanted'],
    ['a path that leaves the tree', `${MINIMAL}files: [{from: [../x], to: /etc}]\n`, '7:17: a path relative'],
    [
      'a place that is no absolute path',
      `${MINIMAL}files: [{from: [x], to: etc}]\n`,
      '7:25: an absolute path',
    ],
    ['a define of two lines', `${MINIMAL}defines: {abc: "1\\n2"}\n`, '7:16: one line is wanted'],
    ['a name that no macro has', `${MINIMAL}defines: {a-b: "1"}\n`, 'the name of a macro is wanted'],
    ['broken YAML', `${MINIMAL}specs: [`, 'mine.yaml:7:'],
  ])('tells the place of %s', async (_what, text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'DISTRO_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('tells all that is wrong, in the order of the lines', async () => {
    const error = await load(`${MINIMAL.replace('x86_64', 'vax')}worker: 7\n`).catch((one: Error) => one);
    expect(error).toMatchObject({ code: 'DISTRO_INVALID' });
    const wrong = await load(`${MINIMAL.replace('x86_64', 'vax').replace('.x1', 'x1')}`).catch(String);
    expect(String(wrong).split('\n')).toEqual([
      expect.stringContaining("mine.yaml:1:7: unknown value 'vax'"),
      expect.stringContaining('mine.yaml:2:7: a dist tag with its dot is wanted'),
    ]);
  });

  it('names the nearest profile for one that is not there, and takes a path', async () => {
    await expect(load(MINIMAL, 'mien')).rejects.toMatchObject({
      code: 'DISTRO_UNKNOWN',
      hint: 'Did you mean mine?',
    });
    expect((await load(MINIMAL, join(checkout, 'configs/distros/mine.yaml'))).name).toBe('mine');
  });
});
