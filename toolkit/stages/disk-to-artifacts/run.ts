import { createReadStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import pLimit from 'p-limit';
import type { FileDigest } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import { diskFormats } from '../../domain/image.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { programInSandbox } from '../../domain/image-program.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { Bind, Ports } from '../../domain/ports.ts';
import { lastLines } from '../../domain/text.ts';
import type { Extent } from '../../formats/image.ts';
import { readIndex, writeIndex } from './artifact-index.ts';
import { findExtents } from './extents.ts';
import { planDiskImage } from './formats.ts';
import { writeInitrd } from './initrd.ts';
import { IN, planIso, WORK } from './iso.ts';
import { livePartsOf } from './live.ts';
import { artifactsDir, planArtifacts } from './plan.ts';
import type { Artifact, ArtifactPlan, ArtifactsRequest } from './types.ts';
import { writeBytes, writeImage, writeWhole } from './write.ts';

type ArtifactPorts = Pick<Ports, 'roots' | 'store' | 'digests' | 'locks' | 'events' | 'clock'>;

/** How many formats are made at once. */
const PARALLEL = 2;
const STAGE = 'disk-to-artifacts';

/**
 * Emits every format of a configuration, and `artifact.json` beside them; a file that is there, whole and of
 * the same things, is left alone. What an earlier run emitted and is no longer asked for is removed. Throws
 * `ARTIFACT_FAILED` with a tool's words, `DISK_FULL`, and what `planArtifacts` throws.
 */
export async function emitArtifacts(
  request: ArtifactsRequest,
  ports: ArtifactPorts,
  signal: AbortSignal,
): Promise<Artifact[]> {
  const all = planArtifacts(request);
  const { only } = request;
  const plans = only === undefined ? all : all.filter(({ format }) => only.includes(format));
  const folder = artifactsDir(request);
  await using _lock = await ports.locks.acquire(`artifacts ${folder}`, signal);
  const extents = lazyExtents(request, ports, signal);
  const limit = pLimit(PARALLEL);
  const work = plans.map((plan) => limit(async () => await emitOne(request, plan, extents, ports, signal)));
  // All settle before the first failure is told: none goes on behind our back.
  const settled = await Promise.allSettled(work);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const artifacts = await Promise.all(work);
  const wanted = new Set(all.map(({ path }) => basename(path)));
  const made = new Set(artifacts.map(({ name }) => name));
  const former = await readIndex(folder);
  for (const { name } of former) if (!wanted.has(name)) await rm(join(folder, name), { force: true });
  const kept = former.filter(({ name }) => wanted.has(name) && !made.has(name));
  await writeIndex(folder, [...artifacts, ...kept]);
  return artifacts;
}

async function emitOne(
  request: ArtifactsRequest,
  plan: ArtifactPlan,
  extents: () => Promise<readonly Extent[]>,
  ports: ArtifactPorts,
  signal: AbortSignal,
): Promise<Artifact> {
  const name = basename(plan.path);
  const start = ports.clock.now();
  const known = (await ports.store.action(plan.key))?.facts;
  const present =
    known === undefined ? undefined : await ports.digests.digest(plan.path).catch(() => undefined);
  const reused = present !== undefined && present.sha256 === known?.sha256;
  if (!reused) ports.events.emit({ type: 'task.started', stage: STAGE, task: name });
  const digest = reused ? present : await make(request, plan, extents, ports, signal);
  if (!reused) {
    const { sha256, size } = digest;
    await ports.store.saveAction(plan.key, { outputs: [], facts: { sha256, size } });
  }
  const outcome = reused ? 'reused' : 'made';
  ports.events.emit({
    type: 'task.finished',
    stage: STAGE,
    task: name,
    outcome,
    durationMs: ports.clock.now() - start,
  });
  return { name, format: plan.format, size: digest.size, sha256: digest.sha256, path: plan.path, reused };
}

async function make(
  request: ArtifactsRequest,
  { format, path }: ArtifactPlan,
  extents: () => Promise<readonly Extent[]>,
  ports: ArtifactPorts,
  signal: AbortSignal,
): Promise<FileDigest> {
  if (format === 'tar.gz') return await makeArchive(request, path, ports, signal);
  if (format === 'iso') return await makeIso(request, path, ports, signal);
  if (request.disk === undefined || !diskFormats.includes(format)) throw new Error(`${format} holds no disk`);
  const identity = imageIdentity(request.config);
  const { raw } = request.disk;
  const plan = planDiskImage(format, raw.size, await extents(), identity, request.rootfs.epoch);
  await using source = await open(await stored(raw, 'the raw disk', ports));
  return await writeWhole(path, async (file) => await writeImage(plan, source, file, signal));
}

/** Looked for once, when the first format needs them. */
function lazyExtents(request: ArtifactsRequest, ports: ArtifactPorts, signal: AbortSignal) {
  let found: Promise<readonly Extent[]> | undefined;
  return () => {
    found ??= (async () => {
      if (request.disk === undefined) return [];
      await using raw = await open(await stored(request.disk.raw, 'the raw disk', ports));
      return await findExtents(raw, request.disk.raw.size, signal);
    })();
    return found;
  };
}

async function makeArchive(
  request: ArtifactsRequest,
  path: string,
  ports: ArtifactPorts,
  signal: AbortSignal,
) {
  await using scratch = await ports.roots.scratch('archive-');
  const steps: Step[] = [
    { argv: ['gzip', '-n', '-6', '-c'], stdin: `${IN}/rootfs.tar`, stdout: `${WORK}/rootfs.tar.gz` },
  ];
  await runSteps(
    request,
    steps,
    [{ name: 'rootfs.tar', digest: request.rootfs.tar }],
    scratch.path,
    ports,
    signal,
  );
  const made = createReadStream(`${scratch.path}/rootfs.tar.gz`, { highWaterMark: 1 << 20 });
  return await writeWhole(path, async (file) => await writeBytes(made, file, signal));
}

async function makeIso(request: ArtifactsRequest, path: string, ports: ArtifactPorts, signal: AbortSignal) {
  const plan = planIso(request);
  const { live } = livePartsOf(request);
  await using scratch = await ports.roots.scratch('iso-');
  for (const [name, text] of Object.entries(plan.texts)) await writeFile(`${scratch.path}/${name}`, text);
  const files = [
    { path: 'bin/busybox', source: await stored(live.busybox, 'busybox', ports), size: live.busybox.size },
    { path: 'init', source: await stored(live.init, 'the init of live media', ports), size: live.init.size },
  ];
  await writeFile(`${scratch.path}/initrd.cpio`, writeInitrd(files, request.rootfs.epoch));
  await runSteps(request, plan.steps, plan.inputs, scratch.path, ports, signal);
  const made = createReadStream(`${scratch.path}/image.iso`, { highWaterMark: 1 << 20 });
  return await writeWhole(path, async (file) => await writeBytes(made, file, signal));
}

async function runSteps(
  request: ArtifactsRequest,
  steps: readonly Step[],
  inputs: readonly { readonly name: string; readonly digest: FileDigest }[],
  work: string,
  ports: ArtifactPorts,
  signal: AbortSignal,
): Promise<void> {
  const { argv, binds } = programInSandbox(request.program, 'host/tree/steps.ts');
  const all: Bind[] = [...binds, { source: work, target: WORK, writable: true }];
  for (const { name, digest } of inputs) {
    all.push({ source: await stored(digest, name, ports), target: `${IN}/${name}`, writable: false });
  }
  const stdin = JSON.stringify({ cwd: WORK, steps });
  const done = await ports.roots.run(request.tools, { argv, binds: all, stdin }, signal);
  if (done.exitCode === 0) return;
  throw buildError('ARTIFACT_FAILED', `${request.config.name}: ${lastLines(done.stderr || done.stdout, 40)}`);
}

async function stored(digest: FileDigest, what: string, ports: Pick<Ports, 'store'>): Promise<string> {
  const path = await ports.store.find(digest.sha256);
  if (path !== undefined) return path;
  throw buildError('STORE_MISSING', `${what} (${digest.sha256}) is no longer in the cache`, {
    hint: 'Run it again.',
  });
}
