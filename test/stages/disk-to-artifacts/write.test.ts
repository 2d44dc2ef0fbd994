import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  writeBytes,
  writeChunks,
  writeImage,
  writeWhole,
} from '../../../toolkit/stages/disk-to-artifacts/write.ts';

const signal = new AbortController().signal;
const GRAIN = 65536;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A sparse file of 40 MiB with a byte at each offset. */
async function sparseFile(...offsets: readonly number[]): Promise<string> {
  const path = join(folder, 'raw');
  await using file = await open(path, 'w');
  await file.truncate(40 * 1024 ** 2);
  for (const offset of offsets) await file.write(Buffer.from('!'), 0, 1, offset);
  return path;
}

describe('writeImage', () => {
  it('writes literal bytes and copies, leaves holes, and knows the digest of it all', async () => {
    const source = await sparseFile(5 * GRAIN);
    const path = join(folder, 'image');
    await using raw = await open(source);
    const chunks = [
      { offset: 3, bytes: Buffer.from('head') },
      { offset: 10 * 1024 ** 2, copyFrom: { sourceOffset: 5 * GRAIN, length: GRAIN } },
    ];
    const plan = { size: 30 * 1024 ** 2, chunks: () => chunks };
    const digest = await writeWhole(path, async (file) => await writeImage(plan, raw, file, signal));
    const bytes = await readFile(path);
    expect(bytes.subarray(3, 7).toString()).toBe('head');
    expect(bytes[10 * 1024 ** 2]).toBe(0x21);
    expect(digest).toEqual({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size: 30 * 1024 ** 2,
    });
    expect((await stat(path)).blocks * 512).toBeLessThan(1024 ** 2);
  });

  it('takes the word of who knows the digest', async () => {
    const path = join(folder, 'image');
    await using raw = await open(await sparseFile(GRAIN, 20 * GRAIN));
    const size = 40 * 1024 ** 2;
    const copy = (sourceOffset: number) => ({
      offset: sourceOffset,
      copyFrom: { sourceOffset, length: GRAIN },
    });
    const plan = { size, chunks: () => [copy(GRAIN), copy(20 * GRAIN)] };
    const known = { sha256: 'ab'.repeat(32), size };
    const write = async () =>
      await writeWhole(path, async (file) => await writeImage(plan, raw, file, signal, known));
    expect(await write()).toEqual(known);
    expect((await readFile(path)).equals(await readFile(join(folder, 'raw')))).toBe(true);
  });

  it('refuses a plan whose writes are not in order', async () => {
    await using raw = await open(await sparseFile());
    const plan = {
      size: 10,
      chunks: () => [
        { offset: 5, bytes: Buffer.from('b') },
        { offset: 0, bytes: Buffer.from('a') },
      ],
    };
    await expect(
      writeWhole(join(folder, 'x'), async (file) => await writeImage(plan, raw, file, signal)),
    ).rejects.toThrow(/comes after/);
  });

  it('refuses a raw disk that is too short', async () => {
    await using raw = await open(await sparseFile());
    const plan = {
      size: 10,
      chunks: () => [{ offset: 0, copyFrom: { sourceOffset: 40 * 1024 ** 2 - 1, length: 2 } }],
    };
    await expect(
      writeWhole(join(folder, 'x'), async (file) => await writeImage(plan, raw, file, signal)),
    ).rejects.toThrow(/ends at/);
  });
});

describe('writeWhole', () => {
  it('leaves the former file and nothing else when it fails', async () => {
    const path = join(folder, 'artifact');
    await writeFile(path, 'former');
    const failing = async function* () {
      yield Buffer.from('half');
      throw new Error('no more');
    };
    await expect(writeWhole(path, async (file) => await writeBytes(failing(), file, signal))).rejects.toThrow(
      'no more',
    );
    expect(await readFile(path, 'utf8')).toBe('former');
    expect(await readdir(folder)).toEqual(['artifact']);
  });

  it('takes chunks in any order, and knows the digest of what they make', async () => {
    const path = join(folder, 'image');
    const chunks = async function* () {
      yield { offset: 3 * GRAIN, bytes: Buffer.from('tail') };
      yield { offset: 0, bytes: Buffer.from('head') };
    };
    const digest = await writeWhole(path, async (file) => await writeChunks(chunks(), file, signal));
    const bytes = await readFile(path);
    expect(bytes).toHaveLength(3 * GRAIN + 4);
    expect([bytes.subarray(0, 5).toString(), bytes.subarray(-4).toString()]).toEqual(['head\0', 'tail']);
    expect(digest).toEqual({
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('replaces what a killed run left behind', async () => {
    const path = join(folder, 'artifact');
    await writeFile(join(folder, '.artifact.tmp'), 'a longer rest of before');
    const one = async function* () {
      yield Buffer.from('whole');
    };
    await writeWhole(path, async (file) => await writeBytes(one(), file, signal));
    expect(await readFile(path, 'utf8')).toBe('whole');
    expect(await readdir(folder)).toEqual(['artifact']);
  });

  it('says that the disk is full, by its name', async () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    await expect(
      writeWhole(join(folder, 'x'), async () => {
        throw full;
      }),
    ).rejects.toMatchObject({ code: 'DISK_FULL', cause: full });
  });

  it('stops when it is told to', async () => {
    const one = async function* () {
      yield Buffer.from('x');
    };
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(
      writeWhole(join(folder, 'x'), async (file) => await writeBytes(one(), file, aborted)),
    ).rejects.toThrow('enough');
  });
});
