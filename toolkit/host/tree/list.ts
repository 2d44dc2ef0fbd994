import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { contentSizeError } from '../../domain/content-size.ts';
import { manifestLine } from '../../domain/image-manifest.ts';
import { manifestEntry, type Tree, treePaths } from '../../domain/image-tree.ts';
import { digestFiles } from './digests.ts';
import { openOutput } from './output.ts';

/** What `listTree` writes. */
interface TreeLists {
  readonly manifest: string;
  /** Where the content of each file is: a path below `top` in JSON (latin1) for each line of a file in the manifest. */
  readonly contents: string;
}

/**
 * Writes the manifest of a tree and leaves the contents where they are, for others to read: below `top`. What is
 * only in memory goes to the folder `out`, which is there too. Throws `CONTENT_SIZE` where the tree's disk and what was
 * read of it no longer agree.
 */
export async function listTree(tree: Tree, lists: TreeLists, top: string, out: string): Promise<void> {
  await using manifest = openOutput(lists.manifest);
  await using contents = openOutput(lists.contents);
  const paths = treePaths(tree);
  const places = new Map<string, string>();
  for (const path of paths) {
    const node = tree.get(path)!;
    if (node.type !== 'file') continue;
    if (node.content?.kind === 'path') places.set(path, node.content.path);
    else {
      const place = `${out}/content-${places.size}`;
      writeFileSync(place, node.content?.bytes ?? '', { mode: 0o644 });
      places.set(path, place);
    }
  }
  const files = [...places].map(([path, place]) => ({ path: place, size: tree.get(path)!.size }));
  const [found] = await Promise.all([digestFiles(files), openFiles([...places.values()], top)]);
  const digests = found.values();
  for (const path of paths) {
    const entry = manifestEntry(path, tree.get(path)!);
    const place = places.get(path);
    if (place === undefined) {
      await manifest.put(Buffer.from(`${manifestLine(entry)}\n`));
      continue;
    }
    const { sha256, size, data } = digests.next().value!;
    if (size !== entry.size) throw contentSizeError(entry, size);
    await manifest.put(
      Buffer.from(`${manifestLine({ ...entry, sha256, ...(data === undefined ? {} : { data }) })}\n`),
    );
    if (data !== undefined) tree.set(path, { ...tree.get(path)!, data });
    await contents.put(Buffer.from(`${JSON.stringify(place.slice(top.length + 1))}\n`));
  }
  await manifest.end();
  await contents.end();
}

/** Files between which the threads that read files are given more to do. */
const OPENED_AT_ONCE = 128;

async function openFiles(paths: readonly string[], top: string): Promise<void> {
  const open = opener(top);
  for (const [index, path] of paths.entries()) {
    open(path);
    if (index % OPENED_AT_ONCE === 0) await setImmediate();
  }
}

/**
 * Lets everybody read a file below `top`: who reads it is another user than the accounts of the image. The tar in the
 * store, which it stands for, is open as well.
 */
function opener(top: string): (path: string) => void {
  const folders = new Set<string>([top]);
  const openFolder = (path: string): void => {
    if (folders.has(path)) return;
    folders.add(path);
    openFolder(path.slice(0, path.lastIndexOf('/')));
    widen(path, 0o005);
  };
  return (path) => {
    openFolder(path.slice(0, path.lastIndexOf('/')));
    widen(path, 0o004);
  };
}

function widen(path: string, bits: number): void {
  const place = Buffer.from(path, 'latin1');
  const mode = statSync(place).mode & 0o7777;
  if ((mode & bits) !== bits) chmodSync(place, mode | bits);
}
