import pLimit from 'p-limit';
import { buildError, ToolkitError, usageError } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest.ts';
import { type FetchedSource, isPlainFileName, type SourceRequest } from '../../domain/sources.ts';
import type { SpecSource } from '../../domain/spec.ts';
import { requireHash, toFetched } from './check.ts';
import { findLocalAlternative, localFile, storeLocalFile } from './local.ts';
import { fetchPatches } from './patches.ts';
import { findListed, findUnlisted } from './providers.ts';
import { signaturesName, updateSignatures } from './update.ts';
import { type FoundSource, hashesOf, type SourceDeps, type WantedSource, wantedSource } from './wanted.ts';

/** Files of one spec that are looked for at once; the HTTP client has limits of its own. */
const PARALLEL = 8;

/**
 * Brings all sources and patches of a spec into the store, each file once, sorted by name. Sources come from
 * the first provider that has them: the spec's folder, the store, SOURCE_URL servers, the spec's URL, the URLs
 * of alternatives, Debian's source archive by hash. Patches come from the spec's folder only.
 *
 * Throws `SOURCE_NOT_FOUND` with what every provider said, `SOURCE_MISMATCH` when a file beside the spec is not
 * the one listed, `SIGNATURE_MISSING` when a source is not listed (both under `enforce` only), `PATCH_NOT_FOUND`,
 * `SOURCE_NAME_INVALID`. What is wrong with several files is told at once.
 */
export async function fetchSources(
  request: SourceRequest,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FetchedSource[]> {
  const sources = distinctFiles(request.sources, request);
  const patches = distinctFiles(request.patches, request).filter(
    ({ file }) => !sources.some((source) => source.file === file),
  );
  const limit = pLimit(PARALLEL);
  const settled = await Promise.allSettled([
    ...sources.map((source) => limit(() => fetchSource(request, source, deps, signal))),
    fetchPatches(request, patches, deps, signal),
  ]);
  signal.throwIfAborted();
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length > 0) throw joined(failures);
  const fetched = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  if (request.mode === 'update') await updateSignatures(request, fetched);
  return fetched.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function fetchSource(
  request: SourceRequest,
  source: SpecSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FetchedSource> {
  const wanted = wantedSource(request, source);
  const hashes = hashesOf(wanted);
  if (request.mode === 'enforce' && hashes.length === 0) throw notListed(request, wanted);
  const found =
    (await findBesideSpec(request, wanted, deps, signal)) ??
    (hashes.length > 0 ? await findListed(wanted, deps, signal) : undefined) ??
    (request.mode === 'enforce' ? undefined : await findUnlisted(wanted, deps, signal));
  if (found === undefined) throw notFound(request, wanted);
  if (!hashes.includes(found.sha256) && request.mode === 'skip') {
    const listed = hashes.length === 0 ? 'is not listed' : `is listed with ${hashes.join(' or ')}`;
    const message = `${wanted.spec}: ${wanted.file} from ${found.provider} is used unchecked: it has SHA-256 ${found.sha256} and ${listed}`;
    deps.events.emit({ type: 'notice.given', level: 'warning', message });
  }
  return await toFetched(wanted.file, found, deps);
}

/** The file beside the spec goes before all else, so a wrong one there is an error and not passed over. */
async function findBesideSpec(
  request: SourceRequest,
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  const local = await localFile(wanted.folder, wanted.file, deps);
  if (local === undefined) {
    wanted.answers.push({ provider: 'spec folder', answer: 'not there' });
    return await findLocalAlternative(wanted, deps, signal);
  }
  if (request.mode === 'enforce') requireHash(request, wanted.file, local.digest.sha256, hashesOf(wanted));
  return await storeLocalFile(local, deps, signal);
}

function distinctFiles(sources: readonly SpecSource[], { specPath }: SourceRequest): SpecSource[] {
  const byFile = new Map<string, SpecSource>();
  for (const source of sources) {
    if (!isPlainFileName(source.file)) {
      throw usageError(
        'SOURCE_NAME_INVALID',
        `${specPath}: the source '${source.url}' has no usable file name: '${source.file}'`,
        { hint: 'Name a plain file, or end the URL with #/NAME.' },
      );
    }
    if (!byFile.has(source.file)) byFile.set(source.file, source);
  }
  return [...byFile.values()];
}

function notListed(request: SourceRequest, { file }: WantedSource): ToolkitError {
  const nearest = nearestName(file, [...request.signatures.signatures.keys()]);
  const meant = nearest === undefined ? '' : `; the nearest name there is ${nearest}`;
  const message = `${request.specPath}: ${file} is not listed in ${signaturesName(request)}${meant}`;
  return usageError('SIGNATURE_MISSING', message, {
    hint: 'Add its SHA-256 there, or run with SRPM_FILE_SIGNATURE_HANDLING=update to have it added.',
  });
}

function notFound(request: SourceRequest, wanted: WantedSource): ToolkitError {
  const hashes = hashesOf(wanted);
  const listed = hashes.length === 0 ? '' : ` (SHA-256 ${hashes.join(' or ')})`;
  const answers = wanted.answers.map(({ provider, answer }) => `  ${provider}: ${answer}`);
  const message = `${request.specPath}: source ${wanted.file}${listed} was found nowhere:\n${answers.join('\n')}`;
  return buildError('SOURCE_NOT_FOUND', message, {
    hint: `Put the file beside the spec, name a server that has it in SOURCE_URL, or correct ${signaturesName(request)}.`,
  });
}

function joined(failures: readonly unknown[]): unknown {
  const told = failures.filter((failure) => failure instanceof ToolkitError);
  const [first] = told;
  const untold = failures.find((failure) => !(failure instanceof ToolkitError));
  if (untold !== undefined) return untold;
  const host = told.find((failure) => failure.errorClass === 'host');
  if (first === undefined || told.length === 1 || host !== undefined) return host ?? first;
  return new ToolkitError(first.errorClass, first.code, told.map(({ message }) => message).join('\n'), {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
  });
}
