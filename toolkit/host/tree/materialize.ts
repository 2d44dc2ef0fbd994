import { chmodSync, lchownSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type Tree, type TreeNode, treePaths } from '../../domain/image-tree.ts';

/**
 * Makes the tree on the disk, which was read as `before`, what it became in memory: so that programs of the image find
 * files and accounts. Times are left: they are settled when it is read again. Device nodes cannot be made.
 */
export function materialize(top: string, before: Tree, tree: Tree): void {
  for (const path of treePaths(before).reverse()) {
    if (!tree.has(path)) rmSync(place(top, path), { recursive: true, force: true });
  }
  for (const path of treePaths(tree)) {
    const node = tree.get(path)!;
    if (node.type === 'char' || node.type === 'block' || node.type === 'socket') continue;
    const known = before.get(path);
    if (known === undefined || known.type !== node.type || isOther(known, node)) {
      make(top, path, node, known);
    }
  }
}

function isOther(known: TreeNode, node: TreeNode): boolean {
  return (
    known.content !== node.content ||
    known.target !== node.target ||
    (['mode', 'uid', 'gid'] as const).some((key) => known[key] !== node[key])
  );
}

function make(top: string, path: string, node: TreeNode, known: TreeNode | undefined): void {
  const at = place(top, path);
  // What was a hard link and is a file now has its content there already.
  const isThere = node.type === 'file' && node.content?.kind === 'path';
  if (known !== undefined && known.type !== node.type && !isThere)
    rmSync(at, { recursive: true, force: true });
  switch (node.type) {
    case 'directory':
      mkdirSync(at, { recursive: true });
      break;
    case 'file':
      // Not through another name of the same file.
      if (node.content?.kind === 'bytes') {
        rmSync(at, { force: true });
        writeFileSync(at, node.content.bytes);
      }
      break;
    case 'symlink':
      rmSync(at, { force: true });
      symlinkSync(Buffer.from(node.target ?? '', 'latin1'), at);
      break;
    case 'hardlink':
      rmSync(at, { force: true });
      linkSync(place(top, node.target ?? ''), at);
      return;
    default:
      return;
  }
  lchownSync(at, node.uid, node.gid);
  if (node.type !== 'symlink') chmodSync(at, node.mode);
}

function place(top: string, path: string): Buffer {
  return Buffer.from(`${top}/${path}`, 'latin1');
}
