import { dirname, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { SpecScan } from '../../../toolkit/domain/spec.ts';
import { isScanFailure } from '../../../toolkit/domain/spec.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { openTestHost } from '../../support/host.ts';
import { scanFolder } from './real-host.ts';

const signal = new AbortController().signal;
const ours = resolve(import.meta.dirname, '../../../specs');

let host: Host;
let worker: Root;

beforeAll(async () => {
  host = await openTestHost();
  worker = await host.roots.base('worker', signal);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
});

const QUERIES = [
  [
    '--srpm',
    'S %{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}\n[BR %{REQUIRENEVRS}\n][XA %{EXCLUSIVEARCH}\n]',
  ],
  ['--srpm', '[NA %{EXCLUDEARCH}\n]'],
  [
    '--builtrpms',
    'P %{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}\n[PR %{PROVIDENEVRS}\n][RQ %{REQUIRENEVRS}\n]' +
      '[RC %{RECOMMENDNEVRS}\n][OB %{OBSOLETENEVRS}\n][CF %{CONFLICTNEVRS}\n]',
  ],
] as const;

/** The same questions, asked of rpmspec, one spec and question at a time. */
async function askRpmspec(specs: string, spec: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [kind, format] of QUERIES) {
    const at = dirname(`/specs/${spec}`);
    const defines = ['dist .dk1', `_sourcedir ${at}`, `_specdir ${at}`].flatMap((text) => ['--define', text]);
    const result = await host.roots.run(
      worker,
      {
        argv: ['rpmspec', '-q', kind, '--target', 'x86_64', ...defines, '--qf', format, `/specs/${spec}`],
        binds: [{ source: specs, target: '/specs', writable: false }],
        cwd: '/',
      },
      signal,
    );
    expect(result.exitCode, result.stderr).toBe(0);
    lines.push(...result.stdout.split('\n').filter((line) => line !== ''));
  }
  return lines;
}

function asQueried({ source, packages, ...scan }: SpecScan): readonly string[] {
  const nevra = (one: SpecScan['source']) =>
    `${one.name} ${one.epoch} ${one.version} ${one.release} ${one.arch}`;
  const tagged = (tag: string, values: readonly string[]) => values.map((value) => `${tag} ${value}`);
  return [
    `S ${nevra(source)}`,
    ...tagged('BR', scan.buildRequires),
    ...tagged('XA', scan.exclusiveArch),
    ...tagged('NA', scan.excludeArch),
    ...packages.flatMap((one) => [
      `P ${nevra(one)}`,
      ...tagged('PR', one.provides),
      ...tagged('RQ', one.requires),
      ...tagged('RC', one.recommends),
      ...tagged('OB', one.obsoletes),
      ...tagged('CF', one.conflicts),
    ]),
  ];
}

describe('a scan of our own specs', () => {
  it('tells what rpmspec tells of each', async () => {
    const results = await scanFolder(ours, host, worker, {}, signal);
    expect(results.size).toBeGreaterThan(5);
    for (const [spec, result] of results) {
      if (isScanFailure(result)) throw new Error(`${spec}: ${result.error.message}`);
      expect(asQueried(result), spec).toEqual(await askRpmspec(ours, spec));
    }
  });
});
