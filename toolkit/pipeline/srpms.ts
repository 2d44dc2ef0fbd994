import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { parseSignatures } from '../config/signatures.ts';
import type { SrpmContents } from '../domain/build-record.ts';
import { buildError, retold, ToolkitError } from '../domain/errors.ts';
import type { Root } from '../domain/ports.ts';
import {
  acceptedHashes,
  NO_SIGNATURES,
  type SourceRequest,
  type SourceSignatures,
} from '../domain/sources.ts';
import type { SpecScan, SpecSource } from '../domain/spec.ts';
import { byCodeUnit } from '../domain/text.ts';
import {
  cachedSrpm as cachedPlan,
  packSrpm,
  planSrpm,
  type Srpm,
  type SrpmFile,
  type SrpmPlan,
  srpmContents,
} from '../stages/plan-to-srpms/index.ts';
import type { Context } from './context.ts';
import { outPaths } from './layout.ts';
import { inStage, inTask } from './stage.ts';
import { workerRoot } from './worker.ts';

type Fetched = ReadonlyMap<string, { readonly sha256: string; readonly path: string }>;

/**
 * The source RPM of a spec: from the cache when nothing that it is made of has changed, else packed. Sources
 * are only fetched when it has to be packed.
 */
export async function srpmOf(
  scan: SpecScan,
  worker: Root,
  context: Context,
  signal: AbortSignal,
): Promise<Srpm> {
  const { ports, settings } = context;
  const { target } = context.distro.build;
  const specPath = join(settings.specsDir, scan.spec);
  const request = await sourceRequest(scan, specPath, context);
  const fetch = async (): Promise<Fetched> => {
    const found = await context.sources.fetch(request, signal);
    return new Map(found.map(({ file, digest, path }) => [file, { sha256: digest.sha256, path }]));
  };
  const listed = await acceptedFiles(scan, specPath, request.signatures, context);
  // Only what `enforce` accepts is known before it was fetched.
  const unknown =
    settings.signatureMode !== 'enforce' || listed.some(({ accepted }) => accepted.length === 0);
  const fetched = unknown ? await fetch() : undefined;
  const files = listed.map(({ file, accepted }) => {
    const found = fetched?.get(file);
    return { file, accepted: found === undefined ? accepted : [found.sha256] };
  });
  const plan = await srpmPlan(scan, specPath, files, worker, context);
  const log = outPaths(settings).srpmLog(scan.source.name);
  const locate = async () => {
    return new Map([...(fetched ?? (await fetch()))].map(([file, { path }]) => [file, path]));
  };
  return await packSrpm({ plan, specPath, root: worker, target, log }, locate, ports, signal);
}

/** The source RPM of a spec if it is in the cache, and what it is made of; nothing is fetched or packed. */
export async function cachedSrpm(
  scan: SpecScan,
  worker: Root,
  context: Context,
): Promise<{ readonly srpm: Srpm | undefined; readonly contents: SrpmContents }> {
  const specPath = join(context.settings.specsDir, scan.spec);
  const { signatures } = await sourceRequest(scan, specPath, context);
  const files = await acceptedFiles(scan, specPath, signatures, context);
  const plan = await srpmPlan(scan, specPath, files, worker, context);
  return { srpm: await cachedPlan(plan, context.ports), contents: srpmContents(plan) };
}

/**
 * By what content each file of a source package may be known: the one beside the spec, else the listed. A
 * source that is not listed, or lies there with other bytes, is known by none: fetching it tells what is
 * wrong. (Patches are only compared when they are listed.)
 */
async function acceptedFiles(
  scan: SpecScan,
  specPath: string,
  signatures: SourceSignatures,
  { ports }: Context,
): Promise<SrpmFile[]> {
  const files = new Map<string, readonly string[]>();
  const patches = new Set(scan.patches.map(({ file }) => file));
  for (const { file } of [...scan.sources, ...scan.patches]) {
    const accepted = acceptedHashes(signatures, file);
    const local = await ports.digests.digest(join(dirname(specPath), file)).catch(() => undefined);
    const trusted =
      local !== undefined &&
      (accepted.includes(local.sha256) || (patches.has(file) && accepted.length === 0));
    files.set(file, local === undefined ? accepted : trusted ? [local.sha256] : []);
  }
  return [...files].map(([file, accepted]) => ({ file, accepted }));
}

async function srpmPlan(
  scan: SpecScan,
  specPath: string,
  files: readonly SrpmFile[],
  worker: Root,
  { ports, distro }: Context,
): Promise<SrpmPlan> {
  const specDigest = (await ports.digests.digest(specPath)).sha256;
  return planSrpm({ scan, specDigest, files, rootKey: worker.key, target: distro.build.target });
}

async function sourceRequest(scan: SpecScan, specPath: string, context: Context): Promise<SourceRequest> {
  const signatures = await readSignatures(specPath);
  const wanted = (sources: readonly SpecSource[]) => sources.map(({ url, file }) => ({ url, file }));
  return {
    specPath,
    sources: wanted(scan.sources),
    patches: wanted(scan.patches),
    signatures,
    mode: context.settings.signatureMode,
  };
}

/** What a spec's sources are known by: nothing where it has no signatures file. */
export async function readSignatures(specPath: string): Promise<SourceSignatures> {
  const path = specPath.replace(/\.spec$/, '.signatures.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? NO_SIGNATURES : parseSignatures(text, path);
}

/** Packs many source RPMs into out/SRPMS, several side by side; sorted by file name. */
export async function packAll(
  scans: readonly SpecScan[],
  context: Context,
  signal: AbortSignal,
): Promise<readonly Srpm[]> {
  const { ports, settings } = context;
  const { srpms: folder } = outPaths(settings);
  const limit = pLimit(settings.concurrentBuilds);
  return await inStage(ports, 'source packages', scans.length, async () => {
    const worker = await workerRoot(context, signal);
    const work = scans.map((scan) =>
      limit(() =>
        inTask(
          ports,
          { stage: 'source packages', task: scan.source.name },
          () => srpmOf(scan, worker, context, signal),
          ({ reused }) => ({ outcome: reused ? 'reused' : 'made' }),
          signal,
        ),
      ),
    );
    const settled = await Promise.allSettled(work);
    const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const fault = failures.find((error) => !isOfOneSpec(error));
    if (fault !== undefined) throw fault;
    const result = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    result.sort((a, b) => byCodeUnit(a.file, b.file));
    await using _lock = await ports.locks.acquire(`source-packages-${folder}`, signal);
    // Of killed runs: nobody else is writing here.
    for (const name of await readdir(folder).catch(() => []))
      if (name.endsWith('.tmp')) await rm(join(folder, name));
    for (const { file, digest } of result)
      await ports.store.checkout(digest.sha256, join(folder, file), signal);
    refuseUnpacked(failures.filter(isOfOneSpec));
    const made = result.filter(({ reused }) => !reused).length;
    return { result, detail: `${made} packed, ${result.length - made} reused, in ${folder}` };
  });
}

/** Whether an error is about one spec or its sources: others go on. */
function isOfOneSpec(error: unknown): error is ToolkitError {
  return error instanceof ToolkitError && error.errorClass !== 'host';
}

/**
 * Throws one error that tells of all source packages that could not be packed: a failed build, whatever was
 * wrong with each, as in `make packages`.
 */
function refuseUnpacked(errors: readonly ToolkitError[]): void {
  const [first, ...others] = errors;
  if (first === undefined) return;
  if (others.length === 0) {
    throw retold(first, { errorClass: 'build' });
  }
  const told = errors.map(({ message, hint }) => (hint === undefined ? message : `${message}\n  ${hint}`));
  throw buildError(
    'SRPMS_FAILED',
    `${errors.length} source packages could not be packed\n${told.join('\n')}`,
    {
      hint: 'The others were packed.',
    },
  );
}
