import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { KeyPart } from '../../domain/action-key.ts';
import { actionKey } from '../../domain/action-key.ts';
import type { FileDigests } from '../../domain/ports.ts';
import { byCodeUnit } from '../../domain/text.ts';

/** Files beside a spec whose content no spec asks for while it is parsed; that they are there counts. */
const NEVER_PARSED =
  /\.(patch|diff|sig|asc|sign|signatures\.json|gz|bz2|xz|zst|lz|tgz|tbz2?|txz|zip|tar|jar|rpm|png|jpe?g|gif|ttf)$/i;

const OPEN_FILES = 64;

/**
 * A key for each spec: the digest of everything in its folder that a parse could read (all but patches,
 * archives and the like), the names of the rest, and `environment`. Undefined for a spec that cannot be read.
 * A spec that reads files of other folders is not seen through; scan those with a new environment.
 */
export async function specKeys(
  folder: string,
  specs: readonly string[],
  environment: string,
  digests: FileDigests,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | undefined>> {
  const limit = pLimit(OPEN_FILES);
  const keys = new Map<string, string | undefined>();
  const byFolder = Map.groupBy(specs, (spec) => dirname(spec));
  await Promise.all(
    [...byFolder].map(([name, members]) =>
      limit(async () => {
        signal.throwIfAborted();
        const content = await folderContent(join(folder, name), members, digests);
        for (const spec of members) {
          keys.set(
            spec,
            content.unreadable.has(spec) ? undefined : specKey(spec, content.parts, environment),
          );
        }
      }),
    ),
  );
  return keys;
}

function specKey(spec: string, parts: KeyPart, environment: string): string {
  return actionKey('spec-scan/1', { spec, parts, environment });
}

async function folderContent(folder: string, members: readonly string[], digests: FileDigests) {
  const specOf = new Map(members.map((spec) => [spec.slice(spec.lastIndexOf('/') + 1), spec]));
  const unreadable = new Set<string>();
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const parts: KeyPart[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    const isRead = (entry.isFile() || entry.isSymbolicLink()) && !NEVER_PARSED.test(name);
    const digest = isRead ? await digests.digest(path).catch(() => undefined) : undefined;
    parts.push([name, digest?.sha256 ?? null]);
    const spec = specOf.get(name);
    if (spec !== undefined && digest === undefined) {
      unreadable.add(spec);
    }
    specOf.delete(name);
  }
  for (const spec of specOf.values()) {
    unreadable.add(spec);
  }
  return { parts: parts.sort((a, b) => byCodeUnit(String(a), String(b))), unreadable };
}
