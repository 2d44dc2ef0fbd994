import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tree, TreeContent, TreeNode } from '../../../toolkit/domain/image-tree.ts';
import { packTree, writeContent } from '../../../toolkit/host/tree/pack.ts';

const COMMON = { mode: 0o644, uid: 0, gid: 0, mtime: 1_700_000_000 };
const MIB = 1 << 20;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const bytesFile = (text: string): TreeNode => {
  const bytes = Buffer.from(text);
  return { ...COMMON, type: 'file', size: bytes.length, content: { kind: 'bytes', bytes } };
};

/** A file of the machine. */
async function diskFile(name: string, bytes: Uint8Array, size = bytes.length): Promise<TreeNode> {
  const content: TreeContent = { kind: 'path', path: join(folder, name) };
  await writeFile(content.path, bytes);
  return { ...COMMON, type: 'file', size, content };
}

/** Bytes that are nowhere the same for long. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  return bytes;
}

async function packed(tree: Tree) {
  const [tar, manifest] = [join(folder, 'rootfs.tar'), join(folder, 'manifest.jsonl')];
  await packTree(tree, tar, manifest);
  const lines = (await readFile(manifest, 'utf8')).trimEnd().split('\n');
  return { tar, lines: lines.map((line) => JSON.parse(line) as { path: string; sha256?: string }) };
}

describe('packTree', () => {
  it('gives tar and manifest the same contents, however they lie in its buffers', async () => {
    const contents = new Map<string, Buffer>();
    const tree: Tree = new Map([['', { ...COMMON, type: 'directory', mode: 0o755, size: 0 }]]);
    const sizes = [0, 1, 511, 512, 4 * MIB - 2560, 4 * MIB, 4 * MIB + 1, 9 * MIB + 7, 3];
    for (const [at, size] of sizes.entries()) {
      const name = `file-${at}`;
      contents.set(name, noise(size));
      tree.set(name, await diskFile(`disk-${at}`, contents.get(name)!));
    }
    contents.set('text', Buffer.from('a text'));
    tree.set('text', bytesFile('a text'));
    const { tar, lines } = await packed(tree);
    expect(lines.map(({ path }) => path)).toEqual(['', ...contents.keys()]);
    for (const [name, bytes] of contents) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(lines.find(({ path }) => path === name)?.sha256).toBe(sha256);
      const unpacked = execFileSync('tar', ['-xOf', tar, name], { maxBuffer: 16 * MIB });
      expect(unpacked.equals(bytes)).toBe(true);
    }
  });

  it.each([
    ['shorter', 5, 'only 5 bytes'],
    ['longer', 9, 'more bytes'],
  ])('refuses a file that became %s', async (_, size, said) => {
    const tree: Tree = new Map([['a', await diskFile('a', Buffer.from('content'))]]);
    await truncate(join(folder, 'a'), size);
    await expect(packed(tree)).rejects.toMatchObject({
      code: 'CONTENT_SIZE',
      message: expect.stringContaining(said) as string,
    });
  });
});

describe('writeContent', () => {
  it('writes a file of the machine, whole', async () => {
    const bytes = noise(5 * MIB);
    await writeContent(join(folder, 'out'), await diskFile('a', bytes));
    expect((await readFile(join(folder, 'out'))).equals(bytes)).toBe(true);
  });
});
