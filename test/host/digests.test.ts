import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileDigests } from '../../toolkit/host/digests.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digests-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});
const open = () => createFileDigests(join(folder, 'cache'));

/** A remembered digest that is wrong on purpose shows whether a file was read. */
async function plant(path: string): Promise<void> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const line = `${'0'.repeat(64)} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}\n`;
  await writeFile(join(folder, 'cache'), `distrokit-digests 1\n${line}`);
}

describe('createFileDigests', () => {
  it('hashes a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'text');
    expect(await open().digest(path)).toEqual({ sha256: sha('text'), size: 4 });
  });

  it('does not read a file again that did not change', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'text');
    await plant(path);
    expect((await open().digest(path)).sha256).toBe('0'.repeat(64));
  });

  it('notices a change that keeps size and mtime', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'text');
    const { atime, mtime } = await stat(path);
    await plant(path);
    await sleep(20);
    await writeFile(path, 'TEXT');
    await utimes(path, atime, mtime);
    expect((await open().digest(path)).sha256).toBe(sha('TEXT'));
  });

  it('remembers nothing about a file that changed just now, and the rest across runs', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'text');
    const first = open();
    await first.digest(path);
    await first.save();
    await expect(readFile(join(folder, 'cache'))).rejects.toThrow(/ENOENT/);
    await sleep(2_100);
    const second = open();
    await second.digest(path);
    await second.save();
    expect(await readFile(join(folder, 'cache'), 'utf8')).toContain(sha('text'));
  });

  it('starts anew from a damaged memory', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'text');
    await writeFile(join(folder, 'cache'), 'distrokit-digests 1\nrubbish\n');
    expect((await open().digest(path)).sha256).toBe(sha('text'));
  });
});
