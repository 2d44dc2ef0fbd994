import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { latin1Text } from '../../domain/image-bytes.ts';
import { manifestLine } from '../../domain/image-manifest.ts';
import { manifestEntry, type Tree, type TreeNode, treePaths } from '../../domain/image-tree.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { writeTar } from '../../formats/tar/index.ts';

const BUFFER_SIZE = 1 << 20;

/**
 * Writes a tree as a PAX tar and its manifest (JSON lines) in one pass over its content. Where the tree's
 * disk and what was read of it no longer agree, it throws.
 */
export async function packTree(tree: Tree, tarPath: string, manifestPath: string): Promise<void> {
  const paths = treePaths(tree);
  const digests = new Map<string, string>();
  const entries = paths.map((path) => manifestEntry(path, tree.get(path)!));
  const open = (entry: ManifestEntry) => hashedContent(tree, latin1Text(entry.path), digests);
  // `both`: GNU tar reads one form of extended attributes, libarchive the other.
  await writeFileFrom(tarPath, writeTar(entries, open, { xattrs: 'both' }));
  await writeFileFrom(manifestPath, manifestLines(entries, digests));
}

/** Content of a file of the tree, in pieces. */
export function* contentOf(node: TreeNode): Generator<Uint8Array> {
  const content = node.content;
  if (content === undefined) return;
  if (content.kind === 'bytes') {
    yield content.bytes;
    return;
  }
  const file = openSync(Buffer.from(content.path, 'latin1'), 'r');
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(Math.min(BUFFER_SIZE, Math.max(node.size, 1)));
      const length = readSync(file, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** Writes bytes to a new file, each piece whole. */
export async function writeFileFrom(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = openSync(path, 'wx', 0o644);
  try {
    let held: Uint8Array[] = [];
    let size = 0;
    const flush = (): void => {
      const bytes = Buffer.concat(held);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      held = [];
      size = 0;
    };
    for await (const piece of pieces) {
      held.push(piece);
      size += piece.length;
      if (size >= BUFFER_SIZE) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
}

async function* hashedContent(
  tree: Tree,
  path: string,
  digests: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for (const piece of contentOf(tree.get(path)!)) {
    hash.update(piece);
    yield piece;
  }
  digests.set(path, hash.digest('hex'));
}

const EMPTY_SHA256 = createHash('sha256').digest('hex');

function* manifestLines(
  entries: readonly ManifestEntry[],
  digests: ReadonlyMap<string, string>,
): Generator<Uint8Array> {
  for (const entry of entries) {
    const sha256 = entry.type === 'file' ? (digests.get(latin1Text(entry.path)) ?? EMPTY_SHA256) : undefined;
    yield new TextEncoder().encode(`${manifestLine(sha256 === undefined ? entry : { ...entry, sha256 })}\n`);
  }
}
