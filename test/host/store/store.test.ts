import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileDigests } from '../../../toolkit/host/digests.ts';
import { type CacheStore, createStore } from '../../../toolkit/host/store/store.ts';

const never = new AbortController().signal;
const HOUR = 3600;
const sha = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');
const KEY = sha('key');
let folder = '';
let store: CacheStore;

async function* bytes(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part);
}
const put = async (text: string) => await store.putStream(bytes(text), undefined, never);
const object = (text: string, root = folder) =>
  join(root, 'objects', 'sha256', sha(text).slice(0, 2), sha(text));
const partial = async () => await readdir(join(folder, 'partial')).catch(() => []);

/** A store that has not used anything yet, as the next run's. */
const reopened = () => createStore(folder, createFileDigests(join(folder, 'digests')));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  store = reopened();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('putStream', () => {
  it('keeps zeros as holes, and every byte in its place', async () => {
    const parts = [Buffer.alloc(1 << 20), Buffer.from('x'), Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
    async function* pieces() {
      yield* parts;
    }
    const { sha256, size } = await store.putStream(pieces(), sha(Buffer.concat(parts)), never);
    const path = await store.find(sha256);
    expect(await readFile(path!)).toEqual(Buffer.concat(parts));
    expect(size).toBe(3 * (1 << 20) + 1);
    expect((await stat(path!)).blocks * 512).toBeLessThan(1 << 20);
  });

  it('keeps content under its digest, read-only', async () => {
    const digest = await store.putStream(bytes('he', 'llo'), sha('hello'), never);
    expect(digest).toEqual({ sha256: sha('hello'), size: 5 });
    const path = await store.find(sha('hello'));
    expect(path).toBe(object('hello'));
    expect(await readFile(path!, 'utf8')).toBe('hello');
    expect((await stat(path!)).mode & 0o777).toBe(0o444);
  });

  it('keeps nothing that is not what was expected', async () => {
    const putting = store.putStream(bytes('evil'), sha('good'), never);
    await expect(putting).rejects.toMatchObject({ code: 'STORE_MISMATCH' });
    expect(await store.find(sha('good'))).toBeUndefined();
    expect(await store.find(sha('evil'))).toBeUndefined();
    expect(await partial()).toEqual([]);
  });

  it('keeps nothing of a stream that breaks or is aborted', async () => {
    const controller = new AbortController();
    async function* broken() {
      yield Buffer.from('x');
      controller.abort(new Error('stop'));
      yield Buffer.from('y');
    }
    await expect(store.putStream(broken(), undefined, controller.signal)).rejects.toThrow('stop');
    expect(await partial()).toEqual([]);
  });
});

describe('putFile and checkout', () => {
  it('bring a file in and out again, replacing what was there', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'out', 'to')];
    await writeFile(from, 'content');
    const { sha256 } = await store.putFile(from, never);
    await store.checkout(sha256, to, never);
    await writeFile(to, 'other');
    await store.checkout(sha256, to, never);
    expect(await readFile(to, 'utf8')).toBe('content');
    expect((await stat(to)).mode & 0o777).toBe(0o644);
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['to']);
  });

  it('leave a file alone that is right already', async () => {
    const to = join(folder, 'to');
    const { sha256 } = await put('content');
    await store.checkout(sha256, to, never);
    const before = await stat(to);
    await store.checkout(sha256, to, never);
    expect((await stat(to)).ino).toBe(before.ino);
  });

  it('make nothing of what is not stored', async () => {
    await expect(store.checkout(sha('none'), join(folder, 'to'), never)).rejects.toThrow(/ENOENT/);
    expect(await readdir(folder)).not.toContain('to');
  });
});

describe('takeFile', () => {
  it('moves a file in, read-only, and hashes all of it', async () => {
    const [from, content] = [join(folder, 'from'), Buffer.alloc(9 << 20, 'content')];
    await writeFile(from, content, { mode: 0o666 });
    const { ino } = await stat(from);
    expect(await store.takeFile(from, never)).toEqual({ sha256: sha(content), size: content.length });
    const path = (await store.find(sha(content)))!;
    expect(await stat(path)).toMatchObject({ ino, mode: 0o100444 });
    expect(existsSync(from)).toBe(false);
  });

  it('takes an empty one, and what is there already', async () => {
    await put('');
    await writeFile(join(folder, 'from'), '');
    expect(await store.takeFile(join(folder, 'from'), never)).toEqual({ sha256: sha(''), size: 0 });
    expect(await readFile(object(''), 'utf8')).toBe('');
  });

  it('copies a file that has another name: that one could still be written to', async () => {
    const [from, other] = [join(folder, 'from'), join(folder, 'other')];
    await writeFile(from, 'content');
    await link(from, other);
    await store.takeFile(from, never);
    await writeFile(other, 'changed');
    expect(await readFile(object('content'), 'utf8')).toBe('content');
  });

  it('makes nothing of what is not there', async () => {
    await expect(store.takeFile(join(folder, 'from'), never)).rejects.toThrow(/ENOENT/);
  });
});

describe('action', () => {
  const save = async (...texts: string[]) => {
    const outputs = await Promise.all(texts.map(async (text) => ({ name: text, digest: await put(text) })));
    await store.saveAction(KEY, { outputs, facts: { durationMs: 5 } });
  };

  it('gives back what was saved, and nothing for another key', async () => {
    await save('a', 'b');
    const result = await reopened().action(KEY);
    expect(result?.outputs.map((output) => output.name)).toEqual(['a', 'b']);
    expect(result?.facts).toEqual({ durationMs: 5 });
    expect(await store.action(sha('other'))).toBeUndefined();
  });

  it('is gone when an output is gone', async () => {
    await save('a', 'b');
    await rm(object('b'));
    expect(await reopened().action(KEY)).toBeUndefined();
  });

  it('notices one damaged byte, with size and mtime kept, and takes the damaged object away', async () => {
    await save('content');
    const path = object('content');
    const { atime, mtime } = await stat(path);
    await chmod(path, 0o644);
    await writeFile(path, 'cOntent');
    await utimes(path, atime, mtime);
    expect(await reopened().action(KEY)).toBeUndefined();
    expect(await store.find(sha('content'))).toBeUndefined();
  });

  it('is not confused by a damaged record', async () => {
    await save('a');
    await writeFile(join(folder, 'actions', KEY.slice(0, 2), `${KEY}.json`), '{"outputs":');
    expect(await store.action(KEY)).toBeUndefined();
  });

  it('lets no name leave the cache', async () => {
    await expect(store.action('../../etc/passwd')).rejects.toThrow(/not a digest/);
  });
});

describe('find', () => {
  it('takes a damaged object away', async () => {
    await put('content');
    const path = object('content');
    await chmod(path, 0o644);
    await writeFile(path, 'cOntent');
    expect(await reopened().find(sha('content'))).toBeUndefined();
    await expect(stat(path)).rejects.toThrow(/ENOENT/);
  });
});

describe('checkout', () => {
  it('sweeps what killed runs left a day ago, and nothing else', async () => {
    const { sha256 } = await put('content');
    const names = ['x.rpm.0123456789ab.tmp', 'notes.tmp', 'x.rpm.ffffffffffff.tmp'];
    for (const name of names) await writeFile(join(folder, name), '');
    const clock = vi.spyOn(Date, 'now');
    await store.checkout(sha256, join(folder, 'to'), never);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(names));
    clock.mockReturnValue(Date.now() + 25 * HOUR * 1000);
    await reopened().checkout(sha256, join(folder, 'to'), never);
    clock.mockRestore();
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual(['notes.tmp']);
  });
});

describe('trim', () => {
  const age = async (text: string, seconds: number) => {
    const time = Date.now() / 1000 - seconds;
    await utimes(object(text), time, time);
    await utimes(join(folder, 'used', sha(text).slice(0, 2), sha(text)), time, time);
  };

  it('removes what was used longest ago, down to the limit', async () => {
    for (const text of ['11111', '22222', '33333']) await put(text);
    await age('11111', 3 * HOUR);
    await age('22222', 5 * HOUR);
    await age('33333', 4 * HOUR);
    const summary = await reopened().trim(7, never);
    expect(summary).toEqual({ removedBytes: 10, keptBytes: 5 });
    expect(await store.find(sha('11111'))).toBeDefined();
    expect(await store.find(sha('22222'))).toBeUndefined();
  });

  it('spares what this run or another one is using', async () => {
    await put('mine');
    await put('theirs');
    await age('mine', 9 * HOUR);
    const next = reopened();
    await next.find(sha('mine'));
    expect(await next.trim(0, never)).toEqual({ removedBytes: 0, keptBytes: 10 });
  });

  it('takes away what killed runs left half-written, a day after', async () => {
    const left = join(folder, 'actions', 'ab', 'abcd.json.0123456789ab.tmp');
    await mkdir(dirname(left), { recursive: true });
    await writeFile(left, '{');
    await reopened().trim(100, never);
    expect(existsSync(left)).toBe(true);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * HOUR * 1000);
    await reopened().trim(100, never);
    clock.mockRestore();
    expect(existsSync(left)).toBe(false);
  });
});

describe('importFrom', () => {
  it('takes whole results over and refuses damaged ones', async () => {
    const other = await mkdtemp(join(tmpdir(), 'other-'));
    const theirs = createStore(other, createFileDigests(join(other, 'digests')));
    for (const text of ['good', 'bad']) {
      const digest = await theirs.putStream(bytes(text), undefined, never);
      await theirs.saveAction(sha(`key of ${text}`), { outputs: [{ name: 'x', digest }], facts: {} });
    }
    await chmod(object('bad', other), 0o644);
    await writeFile(object('bad', other), 'BAD');
    expect(await store.importFrom(other, never)).toEqual({ actions: 1, refused: 1 });
    expect((await store.action(sha('key of good')))?.outputs).toHaveLength(1);
    expect(await store.action(sha('key of bad'))).toBeUndefined();
    await rm(other, { recursive: true });
  });
});
