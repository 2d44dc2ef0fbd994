import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Root, RootCommand, Roots } from '../../../toolkit/domain/ports.ts';
import type { SpecScanner, SpecScanRequest } from '../../../toolkit/domain/spec-scanner.ts';
import { createFileDigests } from '../../../toolkit/host/digests.ts';
import { createSpecScanner } from '../../../toolkit/host/scanner/scanner.ts';
import { createStore } from '../../../toolkit/host/store/store.ts';
import { scan } from '../../domain/graph-fixture.ts';

const root: Root = { key: 'k', name: 'worker', packages: [], depth: 0, seed: undefined };
const signal = new AbortController().signal;

/** Roots whose helper tells that every spec is a package, or what `answer` says. */
function fakeRoots(commands: RootCommand[], answer: (spec: string) => object): Pick<Roots, 'derive' | 'run'> {
  return {
    derive: async (parent, key) => ({ ...parent, key }),
    run: async (_root, command) => {
      commands.push(command);
      const specs = (command.stdin ?? '').split('\n').filter((line) => line !== '');
      const lines = specs.map((spec, at) => `${at} ${JSON.stringify({ reads: [], ...answer(spec) })}`);
      for (const line of lines.reverse()) {
        command.onLine?.(line);
      }
      return { exitCode: 0, stdout: '', stderr: '', durationMs: 1 };
    },
  };
}

describe('createSpecScanner', () => {
  let folder: string;
  let commands: RootCommand[];
  let request: SpecScanRequest;
  let answer: (spec: string) => object;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scanner-'));
    commands = [];
    answer = (spec) => scan('x', { spec });
    for (const path of ['a/a.spec', 'b/b.spec', 'a/common.inc', 'a/fix.patch', 'macros']) {
      await put(path, path);
    }
    request = {
      folder: join(folder, 'specs'),
      specs: ['b/b.spec', 'a/a.spec'],
      target: { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' },
      defines: [{ name: 'with_check', body: '0' }],
      files: [
        { name: 'macros', source: join(folder, 'specs/macros'), target: '/usr/lib/rpm/macros.d/macros.x' },
      ],
      answers: [],
      versionMacros: undefined,
    };
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  async function put(path: string, text: string): Promise<void> {
    const full = join(folder, 'specs', path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
    await utimes(full, 1, 1);
  }

  /** A scanner as another run of the program would make it. */
  function newScanner(): SpecScanner {
    const digests = createFileDigests(join(folder, 'digests'));
    const store = createStore(join(folder, 'cache'), digests, join(folder, 'tmp'));
    return createSpecScanner({ roots: fakeRoots(commands, answer) as Roots, store, digests }, root);
  }

  const scanned = () => commands.map(({ stdin }) => stdin?.trim().split('\n'));

  it('gives results sorted by path, whatever order they were made in', async () => {
    const report = await newScanner().scan(request, signal);
    expect(report.results.map(({ spec }) => spec)).toEqual(['a/a.spec', 'b/b.spec']);
    expect(report).toMatchObject({ scanned: 2, reason: undefined });
  });

  it('starts nothing when nothing changed', async () => {
    const first = await newScanner().scan(request, signal);
    const second = await newScanner().scan(request, signal);
    expect(second.results).toEqual(first.results);
    expect(second.scanned).toBe(0);
    expect(commands).toHaveLength(1);
  });

  it.each([
    ['a/a.spec', 'its text'],
    ['a/common.inc', 'a file beside it'],
  ])('parses only the spec again when %s changed: %s, size and mtime kept', async (path) => {
    await newScanner().scan(request, signal);
    await put(path, path.toUpperCase());
    await newScanner().scan(request, signal);
    expect(scanned()).toEqual([['a/a.spec', 'b/b.spec'], ['a/a.spec']]);
  });

  it('parses again when a file beside a spec comes or goes, not when a patch changes', async () => {
    await newScanner().scan(request, signal);
    await put('a/fix.patch', 'other');
    await newScanner().scan(request, signal);
    expect(commands).toHaveLength(1);
    await put('b/new.patch', '');
    await newScanner().scan(request, signal);
    expect(scanned()[1]).toEqual(['b/b.spec']);
  });

  it('parses all again when macros changed, and says why', async () => {
    await newScanner().scan(request, signal);
    await put('macros', '%x 1');
    expect(await newScanner().scan(request, signal)).toMatchObject({
      scanned: 2,
      reason: 'changed: macros',
    });
    const checking = { ...request, defines: [{ name: 'with_check', body: '1' }] };
    expect(await newScanner().scan(checking, signal)).toMatchObject({
      scanned: 2,
      reason: 'changed: %with_check',
    });
  });

  it('parses again what looked at a file of another folder that changed, came or went', async () => {
    await put('lib/common.inc', 'one');
    const reads = ['lib', 'lib/', 'lib/common.inc', 'lib/none.inc'];
    answer = (spec) => ({ ...scan('x', { spec }), reads: spec === 'a/a.spec' ? reads : [] });
    const again = async () => (await newScanner().scan(request, signal)).scanned;
    expect(await again()).toBe(2);
    expect(await again()).toBe(0);
    await put('lib/common.inc', 'two');
    expect(await again()).toBe(1);
    await put('lib/none.inc', '');
    expect(await again()).toBe(1);
    await rm(join(folder, 'specs/lib/common.inc'));
    expect(await again()).toBe(1);
    expect(await again()).toBe(0);
    expect(scanned().slice(1)).toEqual([['a/a.spec'], ['a/a.spec'], ['a/a.spec']]);
  });

  it('does not keep what looked at more than can be told', async () => {
    answer = (spec) => ({ ...scan('x', { spec }), reads: spec === 'a/a.spec' ? null : [] });
    await newScanner().scan(request, signal);
    await newScanner().scan(request, signal);
    expect(scanned()).toEqual([['a/a.spec', 'b/b.spec'], ['a/a.spec']]);
  });

  describe('with version macros', () => {
    let version: string;

    beforeEach(async () => {
      version = '1';
      await put('b/b.spec', 'BuildRequires: a = %{v_a_version}');
      request = { ...request, versionMacros: 'v' };
      answer = (spec) => {
        const made = scan('x', { spec });
        const hasMacros = commands.at(-1)!.argv.includes('--load');
        const provides = [hasMacros ? 'second pass' : 'first pass'];
        const source = { ...made.source, version: spec === 'a/a.spec' ? version : '9' };
        return { ...made, source, packages: [{ ...made.packages[0], provides }] };
      };
    });

    it('asks a second time only for specs that mention one, and gives that answer', async () => {
      const { results, scanned: count } = await newScanner().scan(request, signal);
      expect(scanned()).toEqual([['a/a.spec', 'b/b.spec'], ['b/b.spec']]);
      expect(count).toBe(2);
      expect(results.map((one) => 'packages' in one && one.packages[0]?.provides)).toEqual([
        ['first pass'],
        ['second pass'],
      ]);
    });

    it('starts nothing when nothing changed, and again when the version did', async () => {
      const first = await newScanner().scan(request, signal);
      expect(await newScanner().scan(request, signal)).toEqual({ ...first, scanned: 0 });
      version = '2';
      await put('a/a.spec', 'a/a.spec of version 2');
      await newScanner().scan(request, signal);
      expect(scanned().slice(2)).toEqual([['a/a.spec'], ['b/b.spec']]);
    });

    it('does not ask again when a version that nobody mentions changed', async () => {
      await newScanner().scan(request, signal);
      await put('b/b.spec', 'BuildRequires: c = %{v_c_version}');
      version = '2';
      await newScanner().scan(request, signal);
      expect(scanned().slice(2)).toEqual([['b/b.spec']]);
    });
  });

  it('knows the specs of another checkout by their content', async () => {
    await newScanner().scan(request, signal);
    await symlink(join(folder, 'specs'), join(folder, 'clone'));
    const report = await newScanner().scan({ ...request, folder: join(folder, 'clone') }, signal);
    expect(report.scanned).toBe(0);
  });

  it('keeps failures, but not those of a limit', async () => {
    const failure = (spec: string, message: string) => ({ spec, error: { message, file: spec, line: 1 } });
    answer = (spec) =>
      failure(spec, spec === 'a/a.spec' ? 'not parsed within the limit of 30 s' : 'Unknown tag');
    await newScanner().scan(request, signal);
    await newScanner().scan(request, signal);
    expect(scanned()).toEqual([['a/a.spec', 'b/b.spec'], ['a/a.spec']]);
  });

  it('throws when the helper does not tell of every spec', async () => {
    const silent = {
      derive: async () => root,
      run: async () => ({ exitCode: 1, stdout: '', stderr: 'boom', durationMs: 1 }),
    };
    const digests = createFileDigests(join(folder, 'digests'));
    const store = createStore(join(folder, 'cache'), digests, join(folder, 'tmp'));
    const scanner = createSpecScanner({ roots: silent as unknown as Roots, store, digests }, root);
    await expect(scanner.scan(request, signal)).rejects.toThrow(
      expect.objectContaining({
        code: 'SCAN_FAILED',
        message: expect.stringContaining('0 of 2 specs: boom'),
      }),
    );
  });

  it('hands specs over read-only, without a shell', async () => {
    await newScanner().scan(request, signal);
    expect(commands[0]!.binds?.every(({ writable }) => !writable)).toBe(true);
    expect(commands[0]!.argv).toContain('with_check 0');
  });
});
