import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import fg from 'fast-glob';
import { describe, expect, it } from 'vitest';

const TOOLKIT = resolve(import.meta.dirname, '../../toolkit');

/** Which folders of toolkit/ each folder may import; design.md 2. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain'],
  formats: ['formats', 'domain'],
  config: ['config', 'domain'],
  report: ['report', 'domain'],
  host: ['host', 'formats', 'config', 'domain'],
  stages: ['stages', 'formats', 'config', 'domain'],
  pipeline: ['pipeline', 'stages', 'formats', 'config', 'domain'],
  cli: ['cli', 'pipeline', 'report', 'host', 'config', 'domain'],
};

/** Node modules that would let a pure module see the world. */
const IMPURE = /^(?:node:)?(?:fs|os|process|child_process|net|http|https|worker_threads|timers)\b/;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(path: string, text: string): Import[] {
  const pattern =
    /^(?:import|export)\b(?<type> type\b)?[^;]*?from\s+'(?<to>[^']+)'|\bimport\('(?<lazy>[^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    from: path,
    to: match.groups?.to ?? match.groups?.lazy ?? '',
    typeOnly: match.groups?.type !== undefined,
  }));
}

function violation(entry: Import): string | undefined {
  const layer = entry.from.split('/')[0] ?? '';
  const allowed = MAY_IMPORT[layer];
  if (allowed === undefined) return `${entry.from}: no layer`;
  const pure = layer === 'domain' || layer === 'formats' || entry.from.endsWith('/plan.ts');
  if (!entry.to.startsWith('.')) {
    return pure && !entry.typeOnly && IMPURE.test(entry.to) ? `${entry.from} imports ${entry.to}` : undefined;
  }
  const target = relative(TOOLKIT, join(TOOLKIT, dirname(entry.from), entry.to));
  const to = target.split('/')[0] ?? '';
  if (!allowed.includes(to)) return `${entry.from} imports ${target}`;
  if (layer === 'stages' && to === 'stages' && stage(entry.from) !== stage(target)) {
    return `${entry.from} imports another stage, ${target}`;
  }
  return undefined;
}

function stage(path: string): string {
  return path.split('/')[1] ?? '';
}

describe('the layers of toolkit/', () => {
  it('hold in every module', async () => {
    const paths = (await fg('**/*.ts', { cwd: TOOLKIT })).sort();
    expect(paths.length).toBeGreaterThan(60);
    const imports: Import[] = [];
    for (const path of paths) imports.push(...importsOf(path, await readFile(join(TOOLKIT, path), 'utf8')));
    expect(imports.length).toBeGreaterThan(paths.length);
    expect(imports.map(violation).filter((found) => found !== undefined)).toEqual([]);
  });

  it.each([
    ['domain/x.ts', "import { run } from '../host/process/run.ts';"],
    ['domain/x.ts', "import { readFile } from 'node:fs/promises';"],
    ['stages/a/plan.ts', "import { hostname } from 'node:os';"],
    ['stages/a/run.ts', "import { planB } from '../b/plan.ts';"],
    ['pipeline/x.ts', "import {\n  createHost,\n} from '../host/host.ts';"],
    ['pipeline/x.ts', "const x = await import('../host/host.ts');"],
  ])('are watched: a planted import in %s is caught', (path, text) => {
    expect(importsOf(path, text).map(violation)).toEqual([expect.stringContaining(path)]);
  });

  it('lets no module but one start processes', async () => {
    const importers = [];
    for (const path of await fg('**/*.ts', { cwd: TOOLKIT })) {
      const text = await readFile(join(TOOLKIT, path), 'utf8');
      if (/from 'execa'/.test(text)) importers.push(path);
    }
    expect(importers).toEqual(['host/process/run.ts']);
  });

  it('has no file above 400 lines', async () => {
    const long = [];
    for (const path of await fg('**/*.ts', { cwd: TOOLKIT })) {
      const lines = (await readFile(join(TOOLKIT, path), 'utf8')).split('\n').length;
      if (lines > 400) long.push(`${path}: ${lines}`);
    }
    expect(long).toEqual([]);
  });
});
