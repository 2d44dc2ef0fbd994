import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readTree } from '../../../toolkit/host/tree/read-tree.ts';
import { oddEntries } from '../../support/odd-tree.ts';
import { runTool, tempFolder } from './judge.ts';

const READ_XATTRS = `
import os, sys, json
def listed(path):
    try: return os.listxattr(path, follow_symlinks=False)
    except OSError: return [] # More than Linux lists.
top = os.fsencode(sys.argv[1])
paths = [os.path.join(folder, name) for folder, names, files in os.walk(top) for name in names + files]
list = [[p[len(top) + 1:].decode('latin1'), a, os.getxattr(p, a, follow_symlinks=False).hex()]
        for p in paths for a in listed(p)]
print(json.dumps(sorted(list)))`;

/** Loop devices are root's, and not in every container. */
export function canMount(kind = 'ext4'): boolean {
  if (process.getuid?.() !== 0) return false;
  using folder = tempFolder('ext4-');
  const image = join(folder.path, 'image');
  try {
    const known = readFileSync('/proc/filesystems', 'utf8').split(/\s+/);
    if (!known.includes(kind)) return false;
    runTool(['mke2fs', '-q', '-t', 'ext4', image, '16M']);
    using _mount = mounted(image, join(folder.path, 'm'));
    return true;
  } catch {
    return false;
  }
}

/** Mounts an image at a folder that it makes, until it is disposed. */
export function mounted(image: string, path: string, kind = 'ext4'): Disposable {
  mkdirSync(path);
  runTool(['mount', '-t', kind, '-o', 'loop', image, path]);
  return {
    [Symbol.dispose]() {
      runTool(['umount', path]);
      // A sandbox that was made meanwhile has the mount, too, until it ends.
      runTool([
        'sh',
        '-c',
        'for i in $(seq 300); do test -z "$(losetup -j "$0")" && exit; sleep 0.2; done; exit 1',
        image,
      ]);
    },
  };
}

/**
 * Every field of the odd tree, as the kernel tells it of the file system that is mounted at `top`; `isOdd` says which
 * of the names there are the tree's.
 */
export function expectOddTree(top: string, isOdd: (name: string) => boolean = () => true): void {
  const tree = readTree(top, new Map());
  for (const { path, type, mode, uid, gid, mtime, size, device, target } of oddEntries) {
    const name = Buffer.from(path).toString('latin1');
    const link = target === undefined ? {} : { target: Buffer.from(target).toString('latin1') };
    const numbers = device === undefined ? {} : { device };
    expect([name, tree.get(name)]).toMatchObject([
      name,
      { type, mode, uid, gid, mtime, ...(type === 'file' ? { size } : {}), ...numbers, ...link },
    ]);
  }
  const all: [string, string, string][] = JSON.parse(runTool(['python3', '-c', READ_XATTRS, top]).toString());
  // XFS tells root of an ACL under its own name, too.
  const found = all.filter(([name, xattr]) => isOdd(name) && !xattr.startsWith('trusted.SGI_ACL_'));
  const wanted = oddEntries.flatMap(({ path, xattrs }) =>
    xattrs.map(({ name, value }) => [
      Buffer.from(path).toString('latin1'),
      name,
      Buffer.from(value).toString('hex'),
    ]),
  );
  expect(found).toEqual(wanted.sort());
}
