import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRpmFile } from '../../toolkit/stages/srpms-to-packages/artifact.ts';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { builtPackages, jsonLines } from '../support/events.ts';
import { must } from '../support/shell.ts';
import { makeTrial, type Trial, tinySpecs } from '../support/trial.ts';

describe.runIf(isRoot())('the command line', () => {
  let home: string;
  let clone: Clone;
  let trial: Trial;

  beforeAll(async () => {
    home = await testHome('cli');
    clone = await warmClone(home);
    trial = await makeTrial(
      clone,
      'cli',
      tinySpecs({ first: {}, second: { preamble: ['BuildRequires: first'] } }),
    );
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('lists targets and variables', async () => {
    const { stdout } = await clone.must(['make', 'help']);
    for (const text of [
      'make image',
      'make packages',
      'make test',
      'CONFIG={file}',
      'REBUILD_PACKAGES={y|n}',
    ]) {
      expect(stdout).toContain(text);
    }
    expect((await clone.must(['make'])).stdout).toBe(stdout);
  });

  it('prints the value of a variable, its default too', async () => {
    expect((await clone.must(['make', 'printvar-CONFIG', 'CONFIG=x'])).stdout).toBe('x\n');
    expect((await clone.must(['make', 'printvar-SPECS_DIR'])).stdout).toBe('specs\n');
    expect((await clone.run(['make', 'printvar-CONFG'])).code).toBe(2);
  });

  it('tells with --dry-run what it would do, and does nothing', async () => {
    const plan = await trial.must(['packages', '--dry-run']);
    expect(plan.stdout).toMatch(/^build {2}first\b.*\n(?:.*\n)*build {2}second\b.*after first/m);
    expect(plan.stdout).toMatch(/2 source packages, 2 needed: 2 to build, 0 to reuse\n$/);
    expect(await readdir(trial.out)).not.toContain('RPMS');
    await trial.must(['packages', 'first']);
    const next = await trial.must(['packages', '--dry-run', '--json']);
    expect(jsonLines(next.stdout).at(-1)).toMatchObject({
      type: 'result',
      result: {
        builds: [
          { name: 'first', action: 'reuse' },
          { name: 'second', action: 'build' },
        ],
      },
    });
    expect((await trial.must(['packages', '--dry-run'])).stdout).toContain('1 to build, 1 to reuse');
  });

  it('speaks only JSON lines with --json, the result last', async () => {
    const { stdout, stderr } = await trial.must(['packages', '--json']);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(jsonLines(stdout).length);
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      type: 'result',
      result: expect.arrayContaining([
        expect.objectContaining({ nevra: 'second-1-1.dk1.noarch', file: 'noarch/second-1-1.dk1.noarch.rpm' }),
      ]),
    });
    expect(builtPackages((await trial.must(['packages', '--json'])).stdout)).toEqual([]);
  });

  it('builds what PACKAGE_REBUILD_LIST names in spite of the cache, and gets the same bytes', async () => {
    const rpm = join(trial.out, 'RPMS/noarch/second-1-1.dk1.noarch.rpm');
    const before = await readFile(rpm);
    const result = await trial.must(['packages', '--json'], { env: { PACKAGE_REBUILD_LIST: 'second' } });
    expect(builtPackages(result.stdout)).toEqual(['second']);
    expect(await readFile(rpm)).toEqual(before);
  });

  it('gives a package without %changelog a fixed time', async () => {
    const files = tinySpecs({ undated: {} });
    const [path] = Object.keys(files);
    const undated = await makeTrial(clone, 'undated', {
      [path!]: files[path!]!.replace(/%changelog\n.*\n.*\n/, ''),
    });
    await undated.must(['packages']);
    await undated.must(['srpms']);
    for (const file of ['RPMS/noarch/undated-1-1.dk1.noarch.rpm', 'SRPMS/undated-1-1.dk1.src.rpm']) {
      const header = await readRpmFile(join(undated.out, file));
      expect(header.buildTime, file).toBe(Date.UTC(2026, 0, 1) / 1000);
    }
  });

  it('opens the build root of a package, as its build sees it', async () => {
    const inside = 'pwd; ls SPECS; rpm -q first; id -u; cat /usr/share/first/name';
    const { stdout } = await trial.must(['shell', 'second', '--', 'bash', '-c', inside]);
    expect(stdout).toBe('/build/top\nsecond.spec\nfirst-1-1.dk1.noarch\n0\nfirst\n');
    const failed = await trial.run(['shell', 'second', '--', 'sh', '-c', 'exit 7']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('exit code 7');
    const left = await trial.must(['shell', 'second', '--', 'ls', '/build/top']);
    expect(left.stdout).not.toContain('BUILDROOT');
  });

  it('writes what each stage decided, the same in every run', async () => {
    const snapshots = ['01-scans.json', '02-graph.json', '03-plan.json'];
    const read = () => Promise.all(snapshots.map((name) => readFile(join(trial.out, name), 'utf8')));
    await trial.must(['packages']);
    const before = await read();
    await must(['rm', ...snapshots.map((name) => join(trial.out, name))] as [string, ...string[]]);
    await trial.must(['packages']);
    expect(await read()).toEqual(before);
  });

  it('packs source packages by themselves', async () => {
    const { stdout } = await trial.must(['srpms']);
    expect(stdout).toBe('first-1-1.dk1.src.rpm\nsecond-1-1.dk1.src.rpm\n');
    expect((await readdir(join(trial.out, 'SRPMS'))).sort()).toEqual(stdout.trimEnd().split('\n'));
  });

  it('explains a wrong command', async () => {
    const result = await trial.run(['pakages']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('packages');
  });
});
