import { actionKey } from '../domain/action-key.ts';
import type { Sha256 } from '../domain/digest.ts';
import { manifestLine } from '../domain/image-manifest.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import type { Ports } from '../domain/ports.ts';
import { type DataRun, openDataNotes } from '../domain/zero-runs.ts';
import { LEAST_HOLES, writeTar } from '../formats/tar/index.ts';
import type { RootfsBase } from '../stages/repo-to-rootfs/index.ts';
import type { OpenedDisk } from './opened-disk.ts';

const RECIPE = 'base-tree/4';

/** Puts the tree of an image, known by its digest, into the store, in the two forms that composing takes it from. */
export async function storeTree(
  image: Sha256,
  { content, entries: read }: Pick<OpenedDisk, 'content' | 'entries'>,
  entries: readonly ManifestEntry[],
  { ports }: { readonly ports: Pick<Ports, 'locks' | 'store'> },
  signal: AbortSignal,
): Promise<Pick<RootfsBase, 'tar' | 'manifest'>> {
  const key = actionKey(RECIPE, { image });
  await using _lock = await ports.locks.acquire(`action-${key}`, signal);
  const known = await ports.store.action(key);
  const find = async (name: string) => {
    const digest = known?.outputs.find((output) => output.name === name)?.digest;
    const path = digest === undefined ? undefined : await ports.store.find(digest.sha256);
    return digest === undefined || path === undefined ? undefined : { path, sha256: digest.sha256 };
  };
  const stored = { tar: await find('tar'), manifest: await find('manifest') };
  if (stored.tar !== undefined && stored.manifest !== undefined) {
    return { tar: stored.tar, manifest: stored.manifest };
  }
  const original = new Map(entries.map((entry, index) => [entry, read[index]!]));
  const put = async (pieces: AsyncIterable<Uint8Array>) => {
    const digest = await ports.store.putStream(pieces, undefined, signal);
    return { digest, file: { path: (await ports.store.find(digest.sha256))!, sha256: digest.sha256 } };
  };
  const tar = await put(await treeTar(entries, (entry) => content(original.get(entry)!)));
  const manifest = await put(lines(entries));
  const outputs = [
    { name: 'tar', digest: tar.digest },
    { name: 'manifest', digest: manifest.digest },
  ];
  await ports.store.saveAction(key, { outputs, facts: {} });
  return { tar: tar.file, manifest: manifest.file };
}

async function* lines(entries: readonly ManifestEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) yield Buffer.from(`${manifestLine(entry)}\n`);
}

/**
 * A tar of what the disk of a sandbox holds of a tree: no device nodes, no extended attributes. Large holes stay holes where
 * it is unpacked.
 */
export async function treeTar(
  entries: readonly ManifestEntry[],
  content: (entry: ManifestEntry) => AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const originals = new Map<ManifestEntry, ManifestEntry>();
  for (const entry of entries) {
    if (['char', 'block', 'socket'].includes(entry.type)) continue;
    const { data: _, ...rest } = entry;
    const data =
      entry.type === 'file' && entry.size >= LEAST_HOLES ? await dataOf(content(entry)) : undefined;
    originals.set({ ...rest, xattrs: [], ...(data === undefined ? {} : { data }) }, entry);
  }
  return writeTar(originals.keys(), (entry) => content(originals.get(entry)!), { sparse: true });
}

/** Read for it alone: what stands before a file in an archive says where its holes are. */
async function dataOf(content: AsyncIterable<Uint8Array>): Promise<readonly DataRun[] | undefined> {
  const notes = openDataNotes();
  for await (const piece of content) notes.add(piece);
  return notes.runs();
}
