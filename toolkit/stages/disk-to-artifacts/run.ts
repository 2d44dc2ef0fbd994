import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { FileDigest } from '../../domain/digest.ts';
import { usageError } from '../../domain/errors.ts';
import { documentName, type ListedFile } from '../../domain/image-document.ts';
import { type ImageFormat, plainOf } from '../../domain/image-format.ts';
import { stored } from '../../domain/stored.ts';
import type { Extent } from '../../formats/image.ts';
import { listed, readIndex, writeIndex, writeText } from './artifact-index.ts';
import { makeArtifact } from './make.ts';
import type { ArtifactPorts, Making } from './making.ts';
import { storeMediumFiles } from './medium-files.ts';
import { artifactsDir, diskRequests, planArtifacts } from './plan.ts';
import { storePreInstall } from './pre-install.ts';
import { signatureNames, signFiles } from './signatures.ts';
import type { Artifact, ArtifactPlan, ArtifactsRequest, WrittenDocument } from './types.ts';

/** How many formats are made at once. */
const PARALLEL = 2;
const STAGE = 'disk-to-artifacts';
const extentsSchema = z.array(z.tuple([z.int(), z.int()]));

/**
 * Emits every format of a configuration, what there is to say of them and `artifact.json` beside them; a file
 * that is there, whole and of the same things, is left alone. What an earlier run emitted and is no longer asked
 * for is removed. Throws `ARTIFACT_FAILED` with a tool's words, `DISK_FULL`, and what `planArtifacts` throws.
 */
export async function emitArtifacts(
  wanted: ArtifactsRequest,
  ports: ArtifactPorts,
  signal: AbortSignal,
): Promise<Artifact[]> {
  const mediumFiles = await storeMediumFiles(wanted.config, ports, signal);
  const preInstall = await storePreInstall(wanted.config, ports, signal);
  const request = { ...wanted, bases: await readBases(wanted, ports), mediumFiles, preInstall };
  const all = planArtifacts(request);
  const { only } = request;
  const plans = only === undefined ? all : all.filter(({ format }) => only.includes(format));
  const folder = artifactsDir(request);
  await using _lock = await ports.locks.acquire(`artifacts ${folder}`, signal);
  const makings = diskRequests(request).map((one) => makingOf(one, ports));
  const limit = pLimit(PARALLEL);
  const work = new Map<ArtifactPlan, Promise<Artifact>>();
  // What asks for siblings comes last, and finds them; it waits only for what has been begun.
  for (const plan of plans.toSorted((a, b) => Number(asksSiblings(a)) - Number(asksSiblings(b)))) {
    const emitted = limit(async () => {
      const { making, begun } = makings[plan.ofDisk - 1]!;
      const artifact = emitOne(plan, making, signal);
      begun.set(plan.format, artifact);
      return await artifact;
    });
    work.set(plan, emitted);
  }
  // All settle before the first failure is told: none goes on behind our back.
  const settled = await Promise.allSettled(work.values());
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const artifacts = await Promise.all(plans.map(async (plan) => await work.get(plan)!));
  const named = new Set(all.map(({ path }) => basename(path)));
  const made = new Set(artifacts.map(({ name }) => name));
  const former = await readIndex(folder);
  const kept = former.artifacts.filter(({ name }) => named.has(name) && !made.has(name));
  const there = listed([...artifacts, ...kept]);
  const documents = await writeDocuments(request, there);
  const { signer } = request;
  const signatures = signer === undefined ? [] : signatureNames([...there, ...documents], signer);
  for (const name of [...documents.map((document) => document.name), ...signatures]) named.add(name);
  const before = [...former.artifacts, ...former.documents].map(({ name }) => name);
  for (const name of [...before, ...former.signatures])
    if (!named.has(name)) await rm(join(folder, name), { force: true });
  await writeIndex(folder, { artifacts: there, documents, signatures });
  if (signer !== undefined) await signFiles(folder, [...there, ...documents], signer, ports, signal);
  return artifacts;
}

/** What everything of one disk is made with. */
function makingOf(request: ArtifactsRequest, ports: ArtifactPorts) {
  const begun = new Map<ImageFormat, Promise<Artifact>>();
  const sibling = (format: ImageFormat) => begun.get(format);
  const making: Making = { request, ports, extents: lazyExtents(request, ports), sibling };
  return { making, begun };
}

/** What differences are told to. Throws `RDIFF_BASE` and `OVERLAY_BASE`. */
async function readBases(request: ArtifactsRequest, { digests }: Pick<ArtifactPorts, 'digests'>) {
  const bases = new Map<string, FileDigest>();
  const partitions = diskRequests(request).flatMap((one) => one.config.disk.partitions);
  for (const { id, rdiffBase, overlayBase, artifacts } of partitions) {
    for (const [format, key, path] of [
      ['rdiff', 'rdiffBase', rdiffBase],
      ['diff', 'overlayBase', overlayBase],
    ] as const) {
      if (path === undefined || artifacts.every((one) => plainOf(one.format) !== format)) continue;
      const digest = await digests.digest(path).catch((cause: unknown) => {
        const what = `${request.config.name}: the ${key} of '${id}' cannot be read: ${path}`;
        throw usageError(format === 'rdiff' ? 'RDIFF_BASE' : 'OVERLAY_BASE', what, {
          ...{ cause, hint: 'Make that image first, with the partition as an artifact of the format raw.' },
        });
      });
      bases.set(path, digest);
    }
  }
  return bases;
}

/** An OVA has a stream-optimized VMDK in it, the same as the one beside it. */
function asksSiblings({ format }: ArtifactPlan): boolean {
  return format === 'ova' || format.startsWith('ova.');
}

async function writeDocuments(
  request: ArtifactsRequest,
  artifacts: readonly ListedFile[],
): Promise<WrittenDocument[]> {
  const documents: WrittenDocument[] = [];
  for (const { kind, text } of (await request.describe?.(artifacts)) ?? []) {
    const name = documentName(request.config, kind);
    await writeText(join(artifactsDir(request), name), text);
    const bytes = Buffer.from(text);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    documents.push({ name, kind, size: bytes.length, sha256 });
  }
  return documents;
}

async function emitOne(plan: ArtifactPlan, making: Making, signal: AbortSignal): Promise<Artifact> {
  const { ports } = making;
  const name = basename(plan.path);
  const start = ports.clock.now();
  const { isSecret = false } = plan;
  const known = isSecret ? undefined : (await ports.store.action(plan.key))?.facts;
  const present =
    known === undefined ? undefined : await ports.digests.digest(plan.path).catch(() => undefined);
  const reused = present !== undefined && present.sha256 === known?.sha256;
  if (!reused) ports.events.emit({ type: 'task.started', stage: STAGE, task: name });
  const digest = reused ? present : await makeArtifact(plan, making, signal);
  if (!reused && !isSecret) {
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
  const { format, path, ofDisk, area } = plan;
  const { size, sha256 } = digest;
  return {
    name,
    format,
    size,
    sha256,
    path,
    ...(ofDisk > 1 && area === undefined ? { disk: ofDisk } : {}),
    reused,
  };
}

/** Read once, when the first format needs them. */
function lazyExtents({ disk }: ArtifactsRequest, ports: ArtifactPorts) {
  let found: Promise<readonly Extent[]> | undefined;
  return () => {
    found ??= (async () => {
      if (disk === undefined) return [];
      const path = await stored(disk.extents, 'the list of used parts of the disk', ports);
      const list = extentsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      return list.map(([offset, length]) => ({ offset, length }));
    })();
    return found;
  };
}
