import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bind, Root, Scratch } from '../../../toolkit/domain/ports.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { openSolver } from '../../../toolkit/host/solver/process.ts';
import { createSolver } from '../../../toolkit/host/solver/solver.ts';
import type { SolverProcess } from '../../../toolkit/host/solver/types.ts';
import { openTestHost } from '../../support/host.ts';
import { sharedFolder } from '../scanner/real-host.ts';

const signal = new AbortController().signal;

interface Recipe {
  readonly repository: 'near' | 'far';
  readonly name: string;
  readonly version?: string;
  readonly tags?: readonly string[];
  readonly files?: readonly string[];
}

const recipes: readonly Recipe[] = [
  {
    repository: 'near',
    name: 'app',
    tags: ['Requires: liba >= 1.2', 'Requires: (helper if gui)', 'Recommends: docs'],
  },
  { repository: 'near', name: 'liba', version: '1.3' },
  { repository: 'near', name: 'docs', files: ['/usr/share/doc/docs'] },
  { repository: 'near', name: 'gui', files: ['/usr/bin/gui'] },
  { repository: 'near', name: 'helper' },
  { repository: 'near', name: 'wants-file', tags: ['Requires: /usr/share/data/thing'] },
  { repository: 'near', name: 'has-file', files: ['/usr/share/data/thing'] },
  { repository: 'near', name: 'broken', tags: ['Requires: nowhere >= 2'] },
  { repository: 'near', name: 'on-broken', tags: ['Requires: broken'] },
  { repository: 'near', name: 'seeded', tags: ['Requires: seed-lib', 'Requires: /usr/bin/seed-tool'] },
  { repository: 'near', name: 'api-old', tags: ['Provides: api = 1'] },
  { repository: 'near', name: 'api-new', tags: ['Provides: api = 3'] },
  { repository: 'near', name: 'wants-api', tags: ['Requires: (api >= 1 with api < 2)'] },
  { repository: 'far', name: 'app', version: '2' },
  { repository: 'far', name: 'only-far', tags: ['Requires: app'] },
];

function specOf({ name, version = '1', tags = [], files = [] }: Recipe): string {
  const install = files.map(
    (path) => `mkdir -p %{buildroot}$(dirname ${path}); echo x > %{buildroot}${path}`,
  );
  const head = [
    `Name: ${name}`,
    `Version: ${version}`,
    'Release: 1',
    'Summary: x',
    'License: x',
    'BuildArch: noarch',
  ];
  return [...head, ...tags, '%description', 'x', '%install', ...install, '%files', ...files, ''].join('\n');
}

let host: Host;
let tools: Root;
let specs: string;
let repositories: Scratch;

beforeAll(async () => {
  host = await openTestHost();
  tools = await host.roots.base('tools', signal);
  const worker = await host.roots.base('worker', signal);
  specs = await sharedFolder('specs-');
  repositories = await host.roots.scratch('repositories');
  for (const recipe of recipes)
    await writeFile(join(specs, `${recipe.repository}-${recipe.name}.spec`), specOf(recipe));
  const binds: Bind[] = [
    { source: specs, target: '/build/specs', writable: false },
    { source: repositories.path, target: '/build/repos', writable: true },
  ];
  const build = `for spec in /build/specs/*.spec; do repo=$(basename $spec); repo=\${repo%%-*}
    rpmbuild -bb --quiet --define "_topdir /tmp/top" --define "_rpmdir /build/repos/$repo" $spec || exit 1; done`;
  const index =
    'createrepo_c -q /build/repos/near && createrepo_c -q --general-compress-type=gz /build/repos/far';
  for (const [root, script] of [
    [worker, build],
    [tools, index],
  ] as const) {
    const result = await host.roots.run(root, { argv: ['/bin/bash', '-c', script], binds }, signal);
    expect(result.exitCode, result.stderr).toBe(0);
  }
});
afterAll(async () => {
  await repositories?.[Symbol.asyncDispose]();
  if (specs !== undefined) await rm(specs, { recursive: true, force: true });
  await host?.[Symbol.asyncDispose]();
});

describe('openSolver', () => {
  let solver: SolverProcess;
  beforeAll(async () => {
    solver = await openSolver(
      host,
      tools,
      [{ source: repositories.path, target: '/repos', writable: false }],
      signal,
    );
    const count = await solver.load({
      arch: 'x86_64',
      repositories: [
        { name: 'far', priority: 20, folder: '/repos/far' },
        { name: 'near', priority: 10, folder: '/repos/near' },
      ],
      installed: ['seed-lib', '/usr/bin/seed-tool', '/bin/sh'],
    });
    expect(count).toBe(recipes.length + 1);
  });
  afterAll(async () => await solver?.[Symbol.asyncDispose]());

  async function installed(...install: readonly string[]): Promise<readonly string[]> {
    const outcome = await solver.solve({ install });
    if (outcome.kind === 'unsolved') throw new Error(outcome.problems.join('; '));
    return outcome.steps.map(({ repository, name, evr }) => `${repository}/${name}-${evr}`);
  }

  it('installs what is required first, from the preferred repository, without Recommends', async () => {
    expect(await installed('app')).toEqual(['near/liba-1.3-1', 'near/app-1-1']);
  });

  it('takes the other repository where only that satisfies', async () => {
    expect(await installed('app >= 2')).toEqual(['far/app-2-1']);
    expect((await installed('only-far')).at(-1)).toBe('far/only-far-1-1');
  });

  it('installs Recommends when asked to', async () => {
    const outcome = await solver.solve({ install: ['app'], recommends: true });
    expect(outcome.kind === 'solved' && outcome.steps.map(({ name }) => name)).toContain('docs');
  });

  it('understands rich dependencies', async () => {
    expect(await installed('app', 'gui')).toContain('near/helper-1-1');
    expect(await installed('wants-api')).toEqual(['near/api-old-1-1', 'near/wants-api-1-1']);
    expect(await installed('(gone or liba)')).toEqual(['near/liba-1.3-1']);
  });

  it('finds files that the short lists leave out, required or asked for', async () => {
    expect(await installed('wants-file')).toEqual(['near/has-file-1-1', 'near/wants-file-1-1']);
    expect(await installed('/usr/share/doc/docs', '/usr/bin/gui')).toEqual(['near/docs-1-1', 'near/gui-1-1']);
  });

  it('counts what the seed root provides as there', async () => {
    expect(await installed('seeded')).toEqual(['near/seeded-1-1']);
  });

  it('names the missing capability and who requires it', async () => {
    expect(await solver.solve({ install: ['on-broken'] })).toEqual({
      kind: 'unsolved',
      problems: expect.arrayContaining(['nothing provides nowhere >= 2 needed by broken-1-1.noarch']),
      missing: [{ capability: 'nowhere >= 2', requiredBy: 'broken-1-1.noarch' }],
    });
    expect(await solver.solve({ install: ['ghost >= 3'] })).toMatchObject({
      missing: [{ capability: 'ghost >= 3', requiredBy: undefined }],
    });
  });

  it('says what is wrong with a question and goes on', async () => {
    await expect(solver.solve({ install: ['((('] })).rejects.toThrow(
      expect.objectContaining({ code: 'SOLVER_FAILED' }),
    );
    expect(await installed('liba')).toHaveLength(1);
  });

  it('reads RPM files without a repository', async () => {
    await using other = await openSolver(
      host,
      tools,
      [{ source: repositories.path, target: '/repos', writable: false }],
      signal,
    );
    const rpms = ['liba-1.3-1', 'app-1-1'].map((name) => `/repos/near/noarch/${name}.noarch.rpm`);
    await other.load({ arch: 'x86_64', repositories: [{ name: 'local', priority: 1, rpms }], installed: [] });
    const outcome = await other.solve({ install: ['app'] });
    const path = join(repositories.path, 'near/noarch/liba-1.3-1.noarch.rpm');
    const { sha256, size } = await host.digests.digest(path);
    expect(outcome.kind === 'solved' && outcome.steps[0]).toMatchObject({ location: rpms[0], sha256, size });
  });
});

describe('createSolver', () => {
  it('answers the pipeline from folders on the host', async () => {
    await using solver = await createSolver(host, tools, {
      arch: 'x86_64',
      seedProvides: [],
      sharedFolders: [],
    });
    const near = { name: 'near', priority: 1, sha256: 'x', path: join(repositories.path, 'near') };
    const request = { install: ['app'], repositories: [near], onSeedRoot: false };
    const solution = await solver.solve(request, signal);
    expect(solution.kind === 'solved' && solution.packages.map(({ location }) => location)).toEqual([
      'noarch/liba-1.3-1.noarch.rpm',
      'noarch/app-1-1.noarch.rpm',
    ]);
    const missing = await solver.solve({ ...request, install: ['seeded'] }, signal);
    expect(missing.kind === 'unsolvable' && missing.problems.join()).toContain('nothing provides');
  });
});
