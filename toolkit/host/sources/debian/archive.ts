import type { Sha256 } from '../../../domain/digest.ts';
import { ToolkitError } from '../../../domain/errors.ts';
import type { EventSink } from '../../../domain/events.ts';
import type { Clock, Locks } from '../../../domain/ports.ts';
import { makeFolder, pathExists } from '../../files.ts';
import { joinUrl } from '../../http/local-path.ts';
import { type IndexedFile, searchIndexFile } from './index-file.ts';
import { indexPath, type RefreshDeps, refreshSuite } from './refresh.ts';
import { readSuiteState, removeOldIndexes, writeSuiteState } from './suite-state.ts';
import type { ArchiveSuite } from './suites.ts';

/** Where an archive has some bytes. */
export interface ArchiveCandidate extends IndexedFile {
  readonly url: string;
  readonly suite: string;
}

/** The source archives of Debian's mirrors, searched by SHA-256. */
export interface SourceArchive {
  /**
   * Every place that the indexes list for these bytes, each URL once, in order of the suites. Indexes are
   * fetched when there are none or they are older than a day, and when nothing is found in older ones.
   */
  find(sha256: Sha256, signal: AbortSignal): Promise<readonly ArchiveCandidate[]>;
  /** The same, for when what `find` gave turned out to be gone: in indexes of the last hour. */
  findAgain(sha256: Sha256, signal: AbortSignal): Promise<readonly ArchiveCandidate[]>;
  /** What is searched and what is wrong with it, for messages. */
  describe(): string;
}

export interface ArchiveDeps extends RefreshDeps {
  readonly locks: Locks;
  readonly clock: Clock;
  readonly events: EventSink;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Younger indexes are not asked for anew when a hash is not in them. */
const FRESH_MS = 60 * 60 * 1000;

/** The archive of some suites; nothing is fetched before the first question. */
export function createSourceArchive(suites: readonly ArchiveSuite[], deps: ArchiveDeps): SourceArchive {
  const problems = new Map<string, string>();
  let queue: Promise<void> = Promise.resolve();
  let triedAgeMs = Number.POSITIVE_INFINITY;
  let generation = 0;

  /** Makes indexes at most `maxAgeMs` old; asks a mirror once a run, also when that fails. */
  function refresh(maxAgeMs: number, signal: AbortSignal): Promise<void> {
    queue = queue.then(async () => {
      if (triedAgeMs <= maxAgeMs || !(await anyOlder(suites, maxAgeMs, deps))) return;
      triedAgeMs = maxAgeMs;
      if (await refreshAll(suites, maxAgeMs, problems, deps, signal)) generation += 1;
    });
    return queue;
  }

  async function search(sha256: Sha256): Promise<ArchiveCandidate[]> {
    const found = new Map<string, ArchiveCandidate>();
    for (const suite of suites) {
      const state = await readSuiteState(deps.folder, suite);
      if (state === undefined || !(await pathExists(indexPath(deps.folder, state.sources)))) continue;
      for (const file of searchIndexFile(indexPath(deps.folder, state.sources), sha256)) {
        const url = joinUrl(suite.archive, file.path);
        if (!found.has(url)) found.set(url, { ...file, url, suite: suite.suite });
      }
    }
    return [...found.values()];
  }

  return {
    async find(sha256, signal) {
      await refresh(DAY_MS, signal);
      const searched = generation;
      const found = await search(sha256);
      if (found.length > 0) return found;
      await refresh(FRESH_MS, signal);
      return generation === searched ? found : await search(sha256);
    },
    async findAgain(sha256, signal) {
      await refresh(FRESH_MS, signal);
      return await search(sha256);
    },
    describe() {
      if (suites.length === 0) return "no mirror: neither DEBIAN_MIRROR nor the host's apt names one";
      const names = suites.map(({ suite }) => problems.get(suite) ?? suite);
      return `searched: ${[...new Set(names)].join(', ')}`;
    },
  };
}

async function refreshAll(
  suites: readonly ArchiveSuite[],
  maxAgeMs: number,
  problems: Map<string, string>,
  deps: ArchiveDeps,
  signal: AbortSignal,
): Promise<boolean> {
  await makeFolder(deps.folder);
  await using _lock = await deps.locks.acquire('debian-source-indexes', signal);
  let looked = false;
  const failed: string[] = [];
  for (const suite of suites) {
    const state = await readSuiteState(deps.folder, suite);
    const usable = state !== undefined && (await pathExists(indexPath(deps.folder, state.sources)));
    // Another process may have done it while this one waited for the lock.
    if (usable && deps.clock.now() - state.checkedAt <= maxAgeMs) continue;
    problems.delete(suite.suite);
    try {
      const sources = await refreshSuite(suite, usable ? state.sources : undefined, deps, signal);
      await writeSuiteState(deps.folder, { ...suite, sources, checkedAt: deps.clock.now() });
      looked = true;
    } catch (error) {
      if (!(error instanceof ToolkitError) || isFatal(error)) throw error;
      problems.set(suite.suite, `${suite.suite} (${usable ? 'old index; ' : ''}${error.message})`);
      // That a mirror lacks a suite is common, and of interest only when nothing is found.
      if (error.code !== 'HTTP_NOT_FOUND') failed.push(`${suite.suite}: ${error.message}`);
    }
  }
  if (failed.length > 0) {
    const message = `Debian source indexes could not be brought up to date: ${failed.join('; ')}`;
    deps.events.emit({ type: 'notice.given', level: 'warning', message });
  }
  await removeOldIndexes(deps.folder);
  return looked;
}

/** A full disk or a wrong setting does not get better with the next suite. */
function isFatal(error: ToolkitError): boolean {
  return error.errorClass !== 'build' && !['HTTP_UNREACHABLE', 'PROGRAM_MISSING'].includes(error.code);
}

async function anyOlder(
  suites: readonly ArchiveSuite[],
  maxAgeMs: number,
  deps: ArchiveDeps,
): Promise<boolean> {
  for (const suite of suites) {
    const state = await readSuiteState(deps.folder, suite);
    if (state === undefined || deps.clock.now() - state.checkedAt > maxAgeMs) return true;
    if (!(await pathExists(indexPath(deps.folder, state.sources)))) return true;
  }
  return false;
}
