import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Root, RootCommand, RootProcess, Roots } from '../../../toolkit/domain/ports.ts';
import { createSolver } from '../../../toolkit/host/solver/solver.ts';

const root: Root = { key: 'k', name: 'tools', packages: [], depth: 0, seed: undefined };
const signal = new AbortController().signal;
const step = { repository: 'r', name: 'a', evr: '1-1', arch: 'noarch', location: 'a.rpm', size: 3 };

type Question = { id: number; load?: unknown; solve?: unknown };

/** A root in which a program answers each question by `answer`; no answer ends it. */
function fakeRoots(started: RootCommand[], answer: (question: Question) => object | undefined): Roots {
  const open = async (_root: Root, command: RootCommand): Promise<RootProcess> => {
    started.push(command);
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const { promise: ended, resolve } = Promise.withResolvers<number>();
    stdin.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split('\n')) {
        const question = JSON.parse(line) as Question;
        const reply = answer(question);
        if (reply === undefined) resolve(3);
        else stdout.write(`${JSON.stringify({ id: question.id, ...reply })}\n`);
      }
    });
    return { stdin, stdout, ended, [Symbol.asyncDispose]: async () => resolve(0) };
  };
  return { open } as unknown as Roots;
}

function folder(path: string, sha256 = 'x') {
  return { name: 'r', priority: 1, sha256, path };
}

const options = { arch: 'x86_64', seedProvides: ['gcc'], sharedFolders: ['/cache'] };

describe('createSolver', () => {
  it('loads a universe once for many questions, in one process', async () => {
    const started: RootCommand[] = [];
    const asked: Question[] = [];
    const roots = fakeRoots(started, (question) => {
      asked.push(question);
      return question.load === undefined
        ? { solved: { steps: [{ ...step, sha256: 'ab' }] } }
        : { loaded: { packages: 1 } };
    });
    await using solver = await createSolver({ roots }, root, options);
    const request = { install: ['a'], repositories: [folder('/cache/one')], onSeedRoot: true };
    const [first] = await Promise.all([solver.solve(request, signal), solver.solve(request, signal)]);
    expect(first).toEqual({
      kind: 'solved',
      packages: [{ repository: 'r', location: 'a.rpm', digest: { sha256: 'ab', size: 3 } }],
    });
    await solver.solve({ ...request, repositories: [folder('/cache/two')], onSeedRoot: false }, signal);
    expect(asked.map(({ load }) => load !== undefined)).toEqual([true, false, false, true, false]);
    expect(asked[3]!.load).toMatchObject({
      installed: [],
      repositories: [{ folder: '/build/repositories/0/two' }],
    });
    expect(started).toHaveLength(1);
  });

  it('does not count what gives way to our packages as there', async () => {
    const loads: unknown[] = [];
    const roots = fakeRoots([], ({ load }) => {
      if (load !== undefined) loads.push(load);
      return load === undefined ? { solved: { steps: [] } } : { loaded: { packages: 1 } };
    });
    const seedProvides = ['gcc = 14-0', 'libz.so.1()(64bit)', 'pkgconfig(zlib) = 1.3'];
    await using solver = await createSolver({ roots }, root, { ...options, seedProvides });
    const request = { install: ['a'], repositories: [], onSeedRoot: true };
    await solver.solve(request, signal);
    const seedGivesWay = ['libz.so.1()(64bit)', 'pkgconfig(zlib)'];
    await solver.solve({ ...request, seedGivesWay }, signal);
    expect(loads).toMatchObject([{ installed: seedProvides }, { installed: ['gcc = 14-0'] }]);
  });

  it('starts anew for a folder that the process cannot see', async () => {
    const started: RootCommand[] = [];
    const roots = fakeRoots(started, ({ load }) =>
      load ? { loaded: { packages: 1 } } : { solved: { steps: [] } },
    );
    await using solver = await createSolver({ roots }, root, options);
    await solver.solve({ install: [], repositories: [], onSeedRoot: false }, signal);
    await solver.solve({ install: [], repositories: [folder('/elsewhere')], onSeedRoot: false }, signal);
    expect(started.map(({ binds }) => binds?.slice(1).map(({ source }) => source))).toEqual([
      ['/cache'],
      ['/cache', '/elsewhere'],
    ]);
  });

  it('refuses a package without a SHA-256', async () => {
    const roots = fakeRoots([], ({ load }) =>
      load ? { loaded: { packages: 1 } } : { solved: { steps: [{ ...step, sha256: null }] } },
    );
    await using solver = await createSolver({ roots }, root, options);
    await expect(
      solver.solve({ install: ['a'], repositories: [], onSeedRoot: false }, signal),
    ).rejects.toThrow(expect.objectContaining({ code: 'REPOSITORY_UNVERIFIABLE' }));
  });

  it('rejects what waits when the process ends, and starts a new one for the next question', async () => {
    const started: RootCommand[] = [];
    let broken = true;
    const roots = fakeRoots(started, ({ load }) => {
      if (broken) return undefined;
      return load ? { loaded: { packages: 1 } } : { unsolved: { problems: ['no'], missing: [] } };
    });
    await using solver = await createSolver({ roots }, root, options);
    const request = { install: ['a'], repositories: [], onSeedRoot: false };
    await expect(solver.solve(request, signal)).rejects.toThrow(
      expect.objectContaining({ code: 'SOLVER_FAILED' }),
    );
    broken = false;
    expect(await solver.solve(request, signal)).toEqual({ kind: 'unsolvable', problems: ['no'] });
    expect(started).toHaveLength(2);
  });

  it('has a key that changes with what the seed root provides', async () => {
    const roots = fakeRoots([], () => undefined);
    const one = await createSolver({ roots }, root, options);
    const other = await createSolver({ roots }, root, { ...options, seedProvides: ['gcc', 'make'] });
    expect(one.key).not.toBe(other.key);
  });
});
