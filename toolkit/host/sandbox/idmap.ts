import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { hostError } from '../../domain/errors.ts';
import type { Processes } from '../../domain/ports.ts';

/** How many ids a sandbox has. */
const ID_COUNT = 65_536;
/** First host id that root's sandboxes use: above what login tools hand out, below 2^31. */
const ROOT_BASE = 1_879_048_192;

/** One line of a map: `count` ids from `inside` are those from `outside` on the host. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Which ids of the host a sandbox's ids are. Files of a tree belong to one map and cannot be shared. */
export interface IdMap {
  /** Short name, for folder names. */
  readonly tag: string;
  /** Whether the kernel takes the map from us, or only from newuidmap. */
  readonly privileged: boolean;
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/**
 * The map for whoever runs us. Throws `SUBORDINATE_IDS_MISSING` where /etc/subuid or /etc/subgid gives the
 * user no range.
 */
export async function hostIdMap(): Promise<IdMap> {
  const user = userInfo();
  if (user.uid === 0) {
    const range = [{ inside: 0, outside: ROOT_BASE, count: ID_COUNT }];
    return { tag: 'r', privileged: true, uids: range, gids: range };
  }
  const subordinateUid = await subordinateRange('/etc/subuid', user);
  const subordinateGid = await subordinateRange('/etc/subgid', user);
  return {
    tag: `u${user.uid}.${subordinateUid.outside}.${subordinateGid.outside}`,
    privileged: false,
    uids: [{ inside: 0, outside: user.uid, count: 1 }, subordinateUid],
    gids: [{ inside: 0, outside: user.gid, count: 1 }, subordinateGid],
  };
}

async function subordinateRange(path: string, user: { username: string; uid: number }): Promise<IdRange> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const range = parseSubordinateIds(text, user);
  if (range !== undefined) return range;
  throw hostError('SUBORDINATE_IDS_MISSING', `${path} gives the user ${user.username} no ids to build with`, {
    hint: `Run: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user.username}`,
  });
}

/** First range of at least 65,535 ids that `text` (subuid(5)) gives to the user. */
export function parseSubordinateIds(
  text: string,
  user: { username: string; uid: number },
): IdRange | undefined {
  for (const line of text.split('\n')) {
    const [owner, first, count] = line.trim().split(':');
    if (owner !== user.username && owner !== String(user.uid)) continue;
    if (Number(count) < ID_COUNT - 1 || !/^\d+$/.test(first ?? '')) continue;
    return { inside: 1, outside: Number(first), count: ID_COUNT - 1 };
  }
  return undefined;
}

/** Whether an id of the host is one of a sandbox's. */
export function isMapped(ranges: readonly IdRange[], id: number): boolean {
  return ranges.some(({ outside, count }) => id >= outside && id < outside + count);
}

/** Gives a process that has just made its user namespace its ids. Throws `ID_MAP_REFUSED`. */
export async function writeIdMap(
  pid: number,
  map: IdMap,
  processes: Processes,
  signal: AbortSignal,
): Promise<void> {
  const kinds = [
    ['uid', map.uids],
    ['gid', map.gids],
  ] as const;
  for (const [kind, ranges] of kinds) {
    if (map.privileged) {
      await writeFile(
        `/proc/${pid}/${kind}_map`,
        ranges.map((range) => `${words(range).join(' ')}\n`).join(''),
      );
      continue;
    }
    const argv = [`new${kind}map`, String(pid), ...ranges.flatMap(words)] as const;
    const result = await processes.run({ argv: [`new${kind}map`, ...argv.slice(1)] }, signal);
    if (result.exitCode === 0) continue;
    throw hostError('ID_MAP_REFUSED', `${argv.join(' ')} failed: ${result.stderr.trim()}`, {
      hint: `Run: sudo apt-get install -y --reinstall uidmap (new${kind}map must be setuid root), and look at /etc/sub${kind}.`,
    });
  }
}

function words(range: IdRange): string[] {
  return [range.inside, range.outside, range.count].map(String);
}
