import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putFile, type Tree } from '../../../toolkit/domain/image-tree.ts';
import { treeSize } from '../../../toolkit/host/tree/complete.ts';
import { listTree } from '../../../toolkit/host/tree/list.ts';
import { packTree } from '../../../toolkit/host/tree/pack.ts';
import { readTree } from '../../../toolkit/host/tree/read-tree.ts';

const MIB = 1 << 20;
let top = '';
let out = '';

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'list-'));
  out = join(top, 'out');
  await mkdir(out);
  await mkdir(join(top, 'tree/private'), { recursive: true });
});
afterEach(async () => {
  await rm(top, { recursive: true });
});

async function listed(tree: Tree) {
  const lists = { manifest: join(out, 'manifest.jsonl'), contents: join(out, 'contents.jsonl') };
  await listTree(tree, lists, top, out);
  const places = (await readFile(lists.contents, 'utf8')).trimEnd().split('\n');
  return {
    manifest: await readFile(lists.manifest, 'utf8'),
    places: places.map((line) => JSON.parse(line) as string),
  };
}

describe('listTree', () => {
  it.each([
    ['one thread', 1000],
    ['several threads', 9 * MIB],
  ])('gives the manifest that packing gives, and says where the contents are: %s', async (_, size) => {
    for (let at = 0; at < 5; at += 1) {
      await writeFile(join(top, `tree/file-${at}`), Buffer.alloc(size + at, at + 1));
    }
    await writeFile(Buffer.from(`${top}/tree/\xff\n`, 'latin1'), 'odd name');
    await writeFile(join(top, 'tree/empty'), '');
    await writeFile(join(top, 'tree/sparse'), Buffer.concat([Buffer.alloc(3 * MIB), Buffer.from('end')]));
    await writeFile(join(top, 'tree/zeros'), Buffer.alloc(2 * MIB + 1));
    const tree = readTree(join(top, 'tree'), new Map());
    const bytes = Buffer.from('in memory');
    const mode = { mode: 0o600, uid: 0, gid: 0, mtime: 1 };
    putFile(tree, '/etc/made', { ...mode, size: bytes.length, content: { kind: 'bytes', bytes } });
    await packTree(tree, join(out, 'tar'), join(out, 'packed.jsonl'));
    const { manifest, places } = await listed(tree);
    expect(manifest).toMatch(/"path":"sparse".*"data":\[\[3145728,3\]\]/);
    expect(manifest).toMatch(/"path":"zeros".*"data":\[\]/);
    expect([tree.get('sparse')?.data, treeSize(tree).holes]).toEqual([
      [{ offset: 3 * MIB, length: 3 }],
      768 + 513,
    ]);
    expect(manifest).toBe(await readFile(join(out, 'packed.jsonl'), 'utf8'));
    const files = manifest.split('\n').filter((line) => line.includes('"type":"file"'));
    expect(places).toHaveLength(files.length);
    for (const [index, line] of files.entries()) {
      const entry = JSON.parse(line) as { path: string; size: number };
      const content = await readFile(Buffer.from(`${top}/${places[index]}`, 'latin1'));
      expect([entry.path, content.length]).toEqual([entry.path, entry.size]);
      if (entry.path === 'etc/made') expect(content.toString()).toBe('in memory');
    }
  });

  it('lets others read what only its owner could', async () => {
    const path = join(top, 'tree/private/key');
    await writeFile(path, 'secret', { mode: 0o600 });
    await chmod(join(top, 'tree/private'), 0o700);
    const { manifest } = await listed(readTree(join(top, 'tree'), new Map()));
    expect(manifest).toContain('"path":"private","type":"directory","mode":"0700"');
    expect((await stat(path)).mode & 0o777).toBe(0o604);
    expect((await stat(join(top, 'tree/private'))).mode & 0o777).toBe(0o705);
  });

  it.each([
    ['shorter', 5, 'only 5 bytes'],
    ['longer', 9, 'more bytes'],
  ])('refuses a file that became %s', async (_, size, said) => {
    await writeFile(join(top, 'tree/a'), 'content');
    const tree = readTree(join(top, 'tree'), new Map());
    await truncate(join(top, 'tree/a'), size);
    await expect(listed(tree)).rejects.toMatchObject({
      code: 'CONTENT_SIZE',
      message: expect.stringContaining(said) as string,
    });
  });
});
