import { createReadStream, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { digestOfPieces, type FileDigest } from '../domain/digest.ts';
import type { FileDigests } from '../domain/ports.ts';
import { writeFileAtomically } from './files.ts';

/**
 * A file that changed this near to its hashing may have changed again within its timestamp's grain: a tick
 * of the kernel where the file system keeps nanoseconds, up to two seconds where it does not.
 */
const UNSURE_MS = { fine: 100, coarse: 2_000 };
const MAX_ENTRIES = 100_000;
const HEADER = 'distrokit-digests 1';

/**
 * Digests remembered in the file `cacheFile`, which may be missing, old or damaged: then files are read.
 * Errors of the files asked for are Node's own.
 */
export function createFileDigests(cacheFile: string): FileDigests {
  let known: Map<string, string> | undefined;
  let loading: Promise<Map<string, string>> | undefined;
  let dirty = false;
  const load = async () => {
    loading ??= readKnown(cacheFile);
    known = await loading;
    return known;
  };
  return {
    known(path) {
      if (known === undefined) return undefined;
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? undefined : recall(known, stats);
    },
    async digest(path) {
      const map = known ?? (await load());
      const before = await stat(path, { bigint: true });
      const remembered = recall(map, before);
      if (remembered !== undefined) return remembered;
      const identity = identify(before);
      const hashedAt = Date.now();
      const digest = await hashFile(path);
      const after = await stat(path, { bigint: true });
      const grain = before.ctimeNs % 1_000_000n === 0n ? UNSURE_MS.coarse : UNSURE_MS.fine;
      const isSettled = hashedAt - Number(before.ctimeNs / 1_000_000n) > grain;
      if (isSettled && identify(after) === identity) {
        map.set(identity, digest.sha256);
        dirty = true;
      }
      return digest;
    },
    async save() {
      if (!dirty || known === undefined) return;
      dirty = false;
      const entries = [...known].slice(-MAX_ENTRIES);
      await writeFileAtomically(
        cacheFile,
        `${HEADER}\n${entries.map(([identity, sha256]) => `${sha256} ${identity}\n`).join('')}`,
      );
    },
  };
}

/** Reads a file once, whatever its size. */
export async function hashFile(path: string): Promise<FileDigest> {
  return await digestOfPieces(createReadStream(path, { highWaterMark: 1024 * 1024 }));
}

interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

function recall(known: Map<string, string>, stats: Identity): FileDigest | undefined {
  const identity = identify(stats);
  const sha256 = known.get(identity);
  if (sha256 === undefined) return undefined;
  // Last used last: what save() drops is the oldest.
  known.delete(identity);
  known.set(identity, sha256);
  return { sha256, size: Number(stats.size) };
}

function identify(stats: Identity): string {
  return `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

async function readKnown(path: string): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  const [header, ...lines] = await readFile(path, 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  if (header !== HEADER) return known;
  for (const line of lines) {
    if (/^[0-9a-f]{64} \d+ \d+ \d+ \d+ \d+$/.test(line)) known.set(line.slice(65), line.slice(0, 64));
  }
  return known;
}
