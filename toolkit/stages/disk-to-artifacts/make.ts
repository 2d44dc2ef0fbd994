import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import { isPlanned } from '../../domain/image-format.ts';
import type { Step } from '../../domain/image-steps.ts';
import { planDiskImage } from './formats.ts';
import { writeInitrd } from './initrd.ts';
import { planIso } from './iso.ts';
import { livePartsOf } from './live.ts';
import { type Making, rawDisk, stored } from './making.ts';
import { packDisk } from './packed.ts';
import { IN, runSteps, WORK } from './steps.ts';
import type { ArtifactPlan } from './types.ts';
import { writeBytes, writeImage, writeWhole } from './write.ts';

/** Makes one artifact, whole or not at all. */
export async function makeArtifact(
  plan: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { format, path } = plan;
  if (isPlanned(format)) {
    const image = await planDiskImage(format, basename(path), making);
    const { path: rawPath } = await rawDisk(making);
    await using raw = await open(rawPath);
    return await writeWhole(path, async (file) => await writeImage(image, raw, file, signal));
  }
  switch (format) {
    case 'tar.gz':
      return await makeArchive(path, making, signal);
    case 'iso':
      return await makeIso(path, making, signal);
    default:
      return await packDisk(format, path, making, signal);
  }
}

async function makeArchive(path: string, making: Making, signal: AbortSignal): Promise<FileDigest> {
  await using scratch = await making.ports.roots.scratch('archive-');
  const steps: Step[] = [
    { argv: ['gzip', '-n', '-6', '-c'], stdin: `${IN}/rootfs.tar`, stdout: `${WORK}/rootfs.tar.gz` },
  ];
  const inputs = [{ name: 'rootfs.tar', digest: making.request.rootfs.tar }];
  await runSteps(steps, inputs, scratch.path, making, signal);
  return await keep(`${scratch.path}/rootfs.tar.gz`, path, signal);
}

async function makeIso(path: string, making: Making, signal: AbortSignal): Promise<FileDigest> {
  const { request, ports } = making;
  const plan = planIso(request);
  const { live } = livePartsOf(request);
  await using scratch = await ports.roots.scratch('iso-');
  for (const [name, text] of Object.entries(plan.texts)) await writeFile(`${scratch.path}/${name}`, text);
  const files = [
    { path: 'bin/busybox', source: await stored(live.busybox, 'busybox', ports), size: live.busybox.size },
    { path: 'init', source: await stored(live.init, 'the init of live media', ports), size: live.init.size },
  ];
  await writeFile(`${scratch.path}/initrd.cpio`, writeInitrd(files, request.rootfs.epoch));
  await runSteps(plan.steps, plan.inputs, scratch.path, making, signal);
  return await keep(`${scratch.path}/image.iso`, path, signal);
}

/** Copies what steps made to its place. */
async function keep(from: string, path: string, signal: AbortSignal): Promise<FileDigest> {
  const made = createReadStream(from, { highWaterMark: 1 << 20 });
  return await writeWhole(path, async (file) => await writeBytes(made, file, signal));
}
