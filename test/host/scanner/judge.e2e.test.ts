import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDistroProfile } from '../../../toolkit/config/distro.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { awkwardProfile } from '../../support/awkward-tree.ts';
import { CHECKOUT } from '../../support/checkout.ts';
import { scanDistro } from '../../support/distro-scan.ts';
import { openTestHost } from '../../support/host.ts';
import { awkwardTree, draw, expectAsRpmspec, scansOf } from '../../support/scan-judge.ts';

const signal = new AbortController().signal;
const profile = awkwardProfile('worker', '4.20.1');
let host: Host;

beforeAll(async () => {
  host = await openTestHost();
});
afterAll(async () => await host?.[Symbol.asyncDispose]());

describe('a scan tells what rpmspec tells', () => {
  it('of specs of ours, drawn by chance', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    console.log(`SEED=${seed}`);
    const ours = await loadDistroProfile('distrokit', CHECKOUT);
    await expectAsRpmspec(host, join(CHECKOUT, 'specs'), ours, signal, (specs) => draw(specs, 5, seed));
  });

  it('of awkward ones', async () => {
    await using tree = await awkwardTree();
    const made = await expectAsRpmspec(host, tree.path, profile, signal);
    expect(scansOf(made).size).toBe(10);
  });
});

describe('a profile', () => {
  it('gives macros, modules, answers and versions to the specs of its tree', async () => {
    await using tree = await awkwardTree();
    const scans = scansOf(await scanDistro(host, tree.path, profile, signal));
    const requires = (spec: string) => scans.get(`SPECS/${spec}/${spec}.spec`)!.packages[0]!.requires;
    expect(requires('asks')).toEqual(['perl(:MODULE_COMPAT_5.99.1)', 'py = 77', 'real = 42']);
    expect(scans.get('SPECS/asks/asks.spec')!.packages[0]!.provides).toContain('ASKS-DATA');
    expect(scans.get('SPECS/core-module/core-module.spec')).toMatchObject({
      source: { release: '4_1.5.2.tree9' },
      buildRequires: ['core-devel = 1:1.5-2.tree9'],
    });
    expect(requires('core-tool')).toEqual(['core-module = 3-4_1.5.2.tree9']);
  });
});

describe('a file outside of the spec’s folder', () => {
  it.each([
    ['shared/common.inc', 'Provides: other\n', 'other'],
    ['shared/more.macros', '%loaded from-elsewhere\n', 'from-elsewhere'],
    ['shared/word', 'changed\n', 'changed'],
    ['shared/switch', '', 'switch-on'],
  ])('decides the result: %s', async (path, text, provided) => {
    await using tree = await awkwardTree();
    const specs = join(tree.path, 'SPECS');
    await scanDistro(host, specs, profile, signal);
    expect((await scanDistro(host, specs, profile, signal)).report.scanned).toBe(0);
    await writeFile(join(specs, path), text);
    const again = await scanDistro(host, specs, profile, signal);
    expect(again.report.scanned).toBe(1);
    expect(scansOf(again).get('includes/includes.spec')!.packages[0]!.provides).toContain(provided);
  });
});

describe('a macro file that changed', () => {
  it('has all specs read again, and is named', async () => {
    await using tree = await awkwardTree();
    const before = await scanDistro(host, tree.path, profile, signal);
    await writeFile(join(tree.path, 'SPECS/settings/macros.tree'), `%tree_dir /${randomUUID()}\n`);
    const { report } = await scanDistro(host, tree.path, profile, signal);
    expect(report.scanned).toBe(before.report.results.length);
    expect(report.reason).toBe('changed: SPECS/settings/macros.tree');
  });
});
