import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ComposeBase } from '../../domain/image-job.ts';
import type { Tree, TreeNode } from '../../domain/image-tree.ts';

/** A line of the manifest, as `manifestLine` wrote it. */
interface BaseLine extends Omit<TreeNode, 'mode' | 'size' | 'xattrs' | 'content'> {
  readonly path: string;
  readonly mode: string;
  readonly size?: number;
  readonly xattrs?: readonly { readonly name: string; readonly value: string }[];
}

/** Unpacks the tree of an image, which packages and configuration change then. Throws `Error` with tar's words. */
export function unpackBase(target: string, { tar }: ComposeBase): void {
  const { status, stderr, error } = spawnSync(
    'tar',
    ['--extract', '--preserve-permissions', '--same-owner', '--numeric-owner', '-f', tar, '-C', target],
    { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' } },
  );
  if (status !== 0) throw new Error(`the image could not be unpacked: ${error?.message ?? stderr.trim()}`);
}

/**
 * Gives what was not changed the extended attributes and device nodes of the image, which the disk of a sandbox
 * does not hold.
 */
export function restoreBase(tree: Tree, { manifest }: ComposeBase): void {
  // Written by the stage that started this program.
  const lines = readFileSync(manifest, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  for (const line of lines.map((text) => JSON.parse(text) as BaseLine)) restoreEntry(tree, line);
}

function restoreEntry(tree: Tree, { path, mode, size = 0, xattrs, ...line }: BaseLine): void {
  const node = tree.get(path);
  const attributes = xattrs?.map(({ name, value }) => ({ name, value: Buffer.from(value, 'base64') }));
  const known = { ...line, mode: Number.parseInt(mode, 8), size };
  if (line.type === 'char' || line.type === 'block') {
    const folder = tree.get(path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
    if (node !== undefined || folder?.type !== 'directory') return;
    tree.set(path, attributes === undefined ? known : { ...known, xattrs: attributes });
    return;
  }
  if (attributes !== undefined && node !== undefined && isUnchanged(node, known)) {
    tree.set(path, { ...node, xattrs: attributes });
  }
}

function isUnchanged(node: TreeNode, known: TreeNode): boolean {
  const isSame = (['type', 'mode', 'uid', 'gid'] as const).every((key) => node[key] === known[key]);
  // The time of a folder is that of the last name in it.
  if (known.type === 'directory') return isSame;
  return isSame && node.mtime === known.mtime && (known.type !== 'file' || node.size === known.size);
}
