import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { contentSizeError } from '../../domain/content-size.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import { manifestLine } from '../../domain/image-manifest.ts';
import { manifestEntry, type Tree, type TreeNode, treePaths } from '../../domain/image-tree.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { openDataNotes } from '../../domain/zero-runs.ts';
import { ARCHIVE_END, tarParts } from '../../formats/tar/index.ts';
import { type Output, openOutput } from './output.ts';

const EMPTY_SHA256 = createHash('sha256').digest('hex');

/**
 * Writes a tree as a PAX tar and its manifest (JSON lines) in one pass over its content. Where the tree's
 * disk and what was read of it no longer agree, it throws `CONTENT_SIZE`.
 */
export async function packTree(tree: Tree, tarPath: string, manifestPath: string): Promise<void> {
  await using tar = openOutput(tarPath);
  await using manifest = openOutput(manifestPath);
  const nodes = new Map<ManifestEntry, TreeNode>();
  for (const path of treePaths(tree)) {
    const node = tree.get(path)!;
    nodes.set(manifestEntry(path, node), node);
  }
  // `both`: GNU tar reads one form of extended attributes, libarchive the other.
  for (const { entry, header, padding } of tarParts(nodes.keys(), { xattrs: 'both' })) {
    await tar.put(header);
    const node = nodes.get(entry)!;
    const { sha256, data } = entry.type === 'file' ? await putContent(tar, node, entry) : {};
    if (data !== undefined) tree.set(latin1Text(entry.path), { ...node, data });
    if (padding > 0) await tar.put(Buffer.alloc(padding));
    await manifest.put(
      Buffer.from(`${manifestLine({ ...entry, ...(sha256 && { sha256 }), ...(data && { data }) })}\n`),
    );
  }
  await tar.put(Buffer.alloc(ARCHIVE_END));
  await tar.end();
  await manifest.end();
}

/** Writes the content of a file of the tree to a new file. */
export async function writeContent(path: string, node: TreeNode): Promise<void> {
  await using output = openOutput(path);
  await copyContent(output, node, () => {});
  await output.end();
}

async function putContent(
  output: Output,
  node: TreeNode,
  entry: ManifestEntry,
): Promise<Pick<ManifestEntry, 'sha256' | 'data'>> {
  if (entry.size === 0) return { sha256: EMPTY_SHA256 };
  const hash = createHash('sha256');
  const notes = openDataNotes();
  const size = await copyContent(output, node, (bytes) => {
    hash.update(bytes);
    notes.add(bytes);
  });
  const data = notes.runs();
  if (size === entry.size) return { sha256: hash.digest('hex'), ...(data && { data }) };
  throw contentSizeError(entry, size);
}

/** Shows all that is written to `seen`; returns how many bytes there were, at most one more than the node says. */
async function copyContent(
  output: Output,
  { content, size }: TreeNode,
  seen: (bytes: Uint8Array) => void,
): Promise<number> {
  if (content === undefined) return 0;
  if (content.kind === 'bytes') {
    seen(content.bytes);
    await output.put(content.bytes);
    return content.bytes.length;
  }
  const file = openSync(Buffer.from(content.path, 'latin1'), 'r');
  try {
    return await output.copy(size + 1, (target) => {
      const length = readSync(file, target);
      seen(target.subarray(0, length));
      return length;
    });
  } finally {
    closeSync(file);
  }
}
