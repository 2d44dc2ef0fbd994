import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { ComposeBase } from '../../domain/image-job.ts';
import { parseManifestLine } from '../../domain/image-manifest.ts';
import type { Tree, TreeNode } from '../../domain/image-tree.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';

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
  const lines = readFileSync(manifest, 'utf8').split('\n');
  for (const line of lines) if (line !== '') restoreEntry(tree, parseManifestLine(line));
}

function restoreEntry(tree: Tree, known: ManifestEntry): void {
  const path = latin1Text(known.path);
  const node = tree.get(path);
  const { type, mode, uid, gid, mtime, size, device, xattrs } = known;
  if (type === 'char' || type === 'block') {
    const folder = tree.get(path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
    if (node !== undefined || folder?.type !== 'directory') return;
    tree.set(path, {
      type,
      mode,
      uid,
      gid,
      mtime,
      size,
      xattrs,
      ...(device === undefined ? {} : { device }),
    });
    return;
  }
  if (xattrs.length > 0 && node !== undefined && isUnchanged(node, known))
    tree.set(path, { ...node, xattrs });
}

function isUnchanged(node: TreeNode, known: ManifestEntry): boolean {
  const isSame = (['type', 'mode', 'uid', 'gid'] as const).every((key) => node[key] === known[key]);
  // The time of a folder is that of the last name in it.
  if (known.type === 'directory') return isSame;
  return isSame && node.mtime === known.mtime && (known.type !== 'file' || node.size === known.size);
}
