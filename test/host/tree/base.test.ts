import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manifestLine } from '../../../toolkit/domain/image-manifest.ts';
import type { Tree, TreeNode } from '../../../toolkit/domain/image-tree.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { restoreBase } from '../../../toolkit/host/tree/base.ts';
import { entry } from '../../formats/support/manifest.ts';

const XATTRS = [{ name: 'trusted.note', value: Buffer.from([1, 255]) }];
const TIME = 1_700_000_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'base-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function restored(tree: Tree, ...entries: readonly ManifestEntry[]): Tree {
  const manifest = join(folder, 'manifest');
  writeFileSync(manifest, entries.map((one) => `${manifestLine(one)}\n`).join(''));
  restoreBase(tree, { tar: '', manifest, newUnits: [] });
  return tree;
}

function node(type: TreeNode['type'], more: Partial<TreeNode> = {}): TreeNode {
  const mode = type === 'directory' ? 0o755 : 0o644;
  return { type, mode, uid: 0, gid: 0, mtime: TIME, size: 0, ...more };
}

describe('restoreBase', () => {
  it('gives what is as it was its extended attributes', () => {
    const tree: Tree = new Map([
      ['', node('directory')],
      ['a\xff', node('file')],
    ]);
    restored(tree, entry('a\xff', 'file', { xattrs: XATTRS }));
    expect(tree.get('a\xff')?.xattrs).toEqual(XATTRS);
  });

  it.each([
    ['another size', { size: 5 }],
    ['another time', { mtime: TIME + 1 }],
    ['another owner', { uid: 7 }],
    ['another mode', { mode: 0o600 }],
  ])('leaves a file that has %s: it is another one', (_, more) => {
    const tree: Tree = new Map([['a', node('file', more)]]);
    restored(tree, entry('a', 'file', { xattrs: XATTRS }));
    expect(tree.get('a')?.xattrs).toBeUndefined();
  });

  it('takes a folder for the same although something was put into it', () => {
    const tree: Tree = new Map([['a', node('directory', { mtime: TIME + 9 })]]);
    restored(tree, entry('a', 'directory', { xattrs: XATTRS }));
    expect(tree.get('a')?.xattrs).toEqual(XATTRS);
  });

  it('brings device nodes back where their folder still is, and nothing that was removed', () => {
    const tree: Tree = new Map([
      ['', node('directory')],
      ['dev', node('directory')],
    ]);
    const device = { major: 1, minor: 3 };
    restored(
      tree,
      entry('dev/null', 'char', { mode: 0o666, device }),
      entry('gone/null', 'char', { device }),
      entry('gone/file', 'file'),
    );
    expect([...tree.keys()]).toEqual(['', 'dev', 'dev/null']);
    expect(tree.get('dev/null')).toMatchObject({ type: 'char', mode: 0o666, device });
  });
});
