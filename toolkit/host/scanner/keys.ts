import { type Dirent, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { actionKey } from '../../domain/action-key.ts';
import type { FileDigests } from '../../domain/ports.ts';
import { byCodeUnit } from '../../domain/text.ts';

/** Files beside a spec whose content no spec asks for while it is parsed; that they are there counts. */
const NEVER_PARSED =
  /\.(patch|diff|sig|asc|sign|signatures\.json|gz|bz2|xz|zst|lz|tgz|tbz2?|txz|zip|tar|jar|rpm|png|jpe?g|gif|ttf)$/i;

const OPEN_FILES = 64;

/** Name of a file in a spec's folder to the SHA-256 of its content, or null where that does not count. */
type FolderContent = Map<string, string | null>;

/**
 * A key for each spec: the digest of everything in its folder that a parse could read (all but patches,
 * archives and the like), the names of the rest, and `environment`. Undefined for a spec that cannot be read.
 * Files of other folders are not in it.
 */
export async function specKeys(
  folder: string,
  specs: readonly string[],
  environment: string,
  digests: FileDigests,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | undefined>> {
  const byFolder = Map.groupBy(specs, (spec) => dirname(spec));
  const contents = new Map<string, FolderContent>();
  const unknown: { readonly path: string; readonly name: string; readonly content: FolderContent }[] = [];
  for (const name of byFolder.keys()) {
    const content: FolderContent = new Map();
    contents.set(name, content);
    for (const file of filesBelow(join(folder, name), '')) {
      const path = join(folder, name, file);
      const sha256 = NEVER_PARSED.test(file) ? null : knownDigest(path, digests);
      content.set(file, sha256 ?? null);
      if (sha256 === undefined) unknown.push({ path, name: file, content });
    }
  }
  const limit = pLimit(OPEN_FILES);
  await limit.map(unknown, async ({ path, name, content }) => {
    signal.throwIfAborted();
    content.set(name, (await digests.digest(path).catch(() => undefined))?.sha256 ?? null);
  });
  return new Map(
    [...byFolder].flatMap(([name, members]) => folderKeys(members, contents.get(name)!, environment)),
  );
}

function folderKeys(members: readonly string[], content: FolderContent, environment: string) {
  const parts = [...content].sort(([a], [b]) => byCodeUnit(a, b));
  return members.map((spec): [string, string | undefined] => {
    const isReadable = typeof content.get(spec.slice(spec.lastIndexOf('/') + 1)) === 'string';
    return [spec, isReadable ? actionKey('spec-scan/2', { spec, parts, environment }) : undefined];
  });
}

/** Files and links below a folder, in no order; a folder that cannot be read has none. */
function filesBelow(folder: string, prefix: string): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const name = `${prefix}${entry.name}`;
    return entry.isDirectory() ? filesBelow(folder, `${name}/`) : [name];
  });
}

/** Null for what has no content to read: a FIFO, a dangling link. Undefined: it has to be read. */
function knownDigest(path: string, digests: FileDigests): string | null | undefined {
  try {
    return digests.known(path)?.sha256 ?? (statSync(path).isFile() ? undefined : null);
  } catch {
    return null;
  }
}
