import { rm } from 'node:fs/promises';
import type { Sha256 } from '../../domain/digest.ts';
import { ToolkitError } from '../../domain/errors.ts';
import { redactSecrets } from '../../domain/redact.ts';
import type { Download } from '../http/download.ts';
import { joinUrl } from '../http/local-path.ts';
import type { ArchiveCandidate, SourceArchive } from './debian/archive.ts';
import { type FoundSource, hashesOf, type SourceDeps, type WantedSource } from './wanted.ts';

const PROGRESS_MS = 200;

/** Asks everything but the spec's folder, in order, for bytes that are listed. */
export async function findListed(
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  return (
    (await findInStore(wanted, deps)) ??
    (await findOnServers(wanted, deps, signal)) ??
    (await findAtUrls(wanted, deps, signal)) ??
    (await findInArchive(wanted, deps, signal))
  );
}

/** Takes what the servers or the spec's URL give, whatever it is; for `skip` and `update`. */
export async function findUnlisted(
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  const [own] = wanted.candidates;
  const urls = deps.sourceUrls.map((base) => joinUrl(base, own.file));
  for (const url of own.url === undefined ? urls : [...urls, own.url]) {
    const found = await tryUrl(url, {}, wanted, deps, signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findInStore(wanted: WantedSource, deps: SourceDeps): Promise<FoundSource | undefined> {
  let answer = 'not there';
  for (const sha256 of hashesOf(wanted)) {
    const path = await deps.store.find(sha256);
    if (path === undefined) continue;
    // Bytes were right when they were stored; a disk or a person may have changed them since.
    if ((await deps.digests.digest(path)).sha256 === sha256) return { sha256, provider: 'store' };
    await rm(path, { force: true });
    answer = 'damaged, and removed';
  }
  wanted.answers.push({ provider: 'store', answer });
  return undefined;
}

async function findOnServers(
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  for (const base of deps.sourceUrls) {
    for (const { file, sha256 } of wanted.candidates) {
      if (sha256 === undefined) continue;
      const found = await tryUrl(joinUrl(base, file), { sha256 }, wanted, deps, signal);
      if (found !== undefined) return found;
    }
  }
  if (deps.sourceUrls.length === 0) wanted.answers.push({ provider: 'SOURCE_URL', answer: 'not set' });
  return undefined;
}

async function findAtUrls(
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  for (const { url, sha256 } of wanted.candidates) {
    if (url === undefined || sha256 === undefined) continue;
    const found = await tryUrl(url, { sha256 }, wanted, deps, signal);
    if (found !== undefined) return found;
  }
  if (wanted.candidates.every(({ url }) => url === undefined)) {
    wanted.answers.push({ provider: "spec's URL", answer: 'the spec names a file, not a URL' });
  }
  return undefined;
}

async function findInArchive(
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  if (deps.archive === undefined) return undefined;
  for (const sha256 of hashesOf(wanted)) {
    const found = await findHashInArchive(sha256, deps.archive, wanted, deps, signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findHashInArchive(
  sha256: Sha256,
  archive: SourceArchive,
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  const tried = new Set<string>();
  const tryAll = async (candidates: readonly ArchiveCandidate[]): Promise<FoundSource | undefined> => {
    for (const { url, size, suite, package: name, version } of candidates) {
      if (tried.has(url)) continue;
      tried.add(url);
      const found = await tryUrl(url, { sha256, size }, wanted, deps, signal);
      if (found !== undefined) return { sha256, provider: `Debian archive (${suite}, ${name} ${version})` };
    }
    return undefined;
  };
  // Indexes list files that a mirror no longer has; newer indexes may name other places.
  const first = await archive.find(sha256, signal);
  const found =
    (await tryAll(first)) ??
    (first.length === 0 ? undefined : await tryAll(await archive.findAgain(sha256, signal)));
  if (found === undefined && tried.size === 0) {
    const answer = `no index lists ${sha256} (${archive.describe()})`;
    wanted.answers.push({ provider: 'Debian archive', answer });
  }
  return found;
}

async function tryUrl(
  url: string,
  expected: Pick<Download, 'sha256' | 'size'>,
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  const onProgress = throttled((done, total) => deps.onProgress?.(wanted.file, done, total));
  try {
    const { digest } = await deps.http.fetchToStore({ url, ...expected, onProgress }, deps.store, signal);
    return { sha256: digest.sha256, provider: redactSecrets(url) };
  } catch (error) {
    if (!(error instanceof ToolkitError) || isFatal(error)) throw error;
    wanted.answers.push({ provider: redactSecrets(url), answer: withoutUrl(error.message, url) });
    return undefined;
  }
}

/** Passes on a few calls a second: pieces of a body come by the thousand. */
function throttled(tell: (done: number, total: number | undefined) => void): typeof tell {
  let told = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (now - told < PROGRESS_MS && done !== total) return;
    told = now;
    tell(done, total);
  };
}

/** A full disk is no answer of a provider, and the next one does not help. */
function isFatal(error: ToolkitError): boolean {
  return error.errorClass === 'host' && error.code !== 'HTTP_UNREACHABLE';
}

function withoutUrl(message: string, url: string): string {
  const prefix = `${redactSecrets(url)}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
