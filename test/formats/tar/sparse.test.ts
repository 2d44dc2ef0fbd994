import { closeSync, lstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import type { DataRun } from '../../../toolkit/domain/zero-runs.ts';
import { packTar, writeTar } from '../../../toolkit/formats/tar/index.ts';
import { collect } from '../support/bytes.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry, sorted } from '../support/manifest.ts';

const MIB = 1 << 20;
const GIB = 2 ** 30;
const LONG = `usr/${'\u00fc'.repeat(100)}`;

function sparse(path: string | Uint8Array, size: number, data: readonly DataRun[]): ManifestEntry {
  return {
    ...entry(typeof path === 'string' ? Buffer.from(path) : path, 'file', { mode: 0o640 }),
    size,
    data,
  };
}

const ATTRIBUTE = { name: 'user.a', value: Buffer.from('b') };
const TREE = sorted(
  entry('', 'directory'),
  { ...sparse('a', 40 * GIB, [{ offset: 20 * GIB, length: MIB }]), xattrs: [ATTRIBUTE] },
  entry('b', 'hardlink', { target: 'a', mode: 0o640 }),
  sparse('empty', 100 * MIB, []),
  sparse('ends-with-data', 64 * MIB + 7, [{ offset: 64 * MIB, length: 7 }]),
  sparse('plain', 5 * MIB, [{ offset: MIB, length: 4 * MIB }]),
  entry('usr', 'directory'),
  sparse(Buffer.from('usr/caf\xe9', 'latin1'), 20 * MIB, [{ offset: 2 * MIB, length: MIB }]),
  sparse(LONG, 33 * MIB, [
    { offset: 0, length: MIB },
    { offset: 30 * MIB, length: 2 * MIB },
  ]),
);

/** Each file has bytes of its own in its runs. */
function fill({ path, data = [] }: ManifestEntry, from: number, target: Uint8Array): void {
  target.fill(0);
  for (const { offset, length } of data) {
    if (offset + length <= from || offset >= from + target.length) continue;
    const end = Math.min(target.length, offset + length - from);
    target.fill(1 + (path.length % 200), Math.max(0, offset - from), end);
  }
}

async function pack(): Promise<Buffer> {
  const copies = async function* () {
    for await (const piece of packTar(TREE, fill, { xattrs: 'both', sparse: true })) yield Buffer.from(piece);
  };
  return await collect(copies());
}

let packed: Promise<Buffer> | undefined;
async function archive(): Promise<Buffer> {
  packed ??= pack();
  return await packed;
}

function extractAndCheck(argv: readonly [string, ...string[]], input: Buffer): void {
  using folder = tempFolder('tar-sparse-');
  runTool(argv, { input, cwd: folder.path });
  for (const file of TREE) {
    if (file.type !== 'file') continue;
    const path = Buffer.concat([Buffer.from(`${folder.path}/`), file.path]);
    const { size, blocks, mode } = lstatSync(path);
    expect({ path, size, mode: mode & 0o777 }).toEqual({ path, size: file.size, mode: 0o640 });
    expect(blocks * 512).toBeLessThan(6 * MIB);
    const opened = openSync(path, 'r');
    const byte = 1 + (file.path.length % 200);
    for (const { offset, length } of file.data ?? []) {
      const found = Buffer.alloc(length + 1024);
      // Around a run there are holes, or an end.
      const from = Math.max(0, offset - 512);
      const count = readSync(opened, found, 0, length + 512 + offset - from, from);
      const wanted = Buffer.alloc(count);
      wanted.fill(byte, offset - from, offset - from + length);
      expect(found.subarray(0, count).equals(wanted)).toBe(true);
    }
    closeSync(opened);
  }
  expect(lstatSync(join(folder.path, 'a')).ino).toBe(lstatSync(join(folder.path, 'b')).ino);
}

describe('a tar with sparse files', () => {
  it('has only what is no hole, where holes are large', async () => {
    const bytes = await archive();
    expect(bytes.length).toBeLessThan(11 * MIB);
    const text = bytes.toString('latin1');
    expect(text).toContain(
      '22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n21 GNU.sparse.name=a\n35 GNU.sparse.realsize=42949672960\n',
    );
    expect(text).toContain('GNUSparseFile.0/a\0');
    expect(text).toContain(`2\n${20 * GIB}\n${MIB}\n${40 * GIB}\n0\n`);
    expect(text).toContain(`1\n${64 * MIB}\n7\n\0`);
    expect(text).not.toContain('GNU.sparse.name=plain');
  });

  it('is the same out of streams, whatever pieces they come in', async () => {
    const few = TREE.filter(({ size, type }) => type !== 'hardlink' && size < GIB);
    const content = async function* (file: ManifestEntry) {
      for (let at = 0, length = 1; at < file.size; at += length, length = (length * 7 + 3) % (3 * MIB)) {
        const piece = Buffer.alloc(Math.min(length, file.size - at));
        fill(file, at, piece);
        yield piece;
      }
    };
    const packed = async function* () {
      for await (const piece of packTar(few, fill, { sparse: true })) yield Buffer.from(piece);
    };
    const streamed = await collect(writeTar(few, content, { sparse: true }));
    expect(streamed.equals(await collect(packed()))).toBe(true);
  });

  it('writes every file whole where nobody says that its reader knows maps', async () => {
    const few = [entry('', 'directory'), sparse('f', 17 * MIB, [])];
    let size = 0;
    for await (const piece of packTar(few, (_, __, target) => void target.fill(0))) size += piece.length;
    expect(size).toBe(17 * MIB + 4 * 512);
  });

  it('says how much of a file is in the archive where ustar cannot', async () => {
    const large = sparse('f', 30 * GIB, [{ offset: 0, length: 9 * GIB }]);
    const { value } = await packTar([large], (_, __, target) => void target.fill(0), { sparse: true }).next();
    expect(Buffer.from(value ?? []).toString('latin1', 0, 4096)).toContain(` size=${9 * GIB + 512}\n`);
  });

  judged('tar')('is extracted by GNU tar, holes as holes', async () => {
    extractAndCheck(['tar', '-xpf', '-', '--no-same-owner'], await archive());
  });

  judged('bsdtar')('is extracted by libarchive, holes as holes', async () => {
    extractAndCheck(['bsdtar', '-xpf', '-', '--no-same-owner'], await archive());
  });

  judged('tar')('shows GNU tar the true names and sizes', async () => {
    using folder = tempFolder('tar-sparse-');
    const path = join(folder.path, 'x.tar');
    writeFileSync(path, await archive());
    const listed = runTool(['tar', '--quoting-style=literal', '-tvf', path]).toString();
    expect(listed).toMatch(/ 42949672960 .* a\n/);
    expect(listed).toContain(` ${LONG}\n`);
  });
});
