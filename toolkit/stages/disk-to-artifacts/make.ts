import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import {
  type Compression,
  compressionOf,
  isPacked,
  isPlanned,
  type PlannedFormat,
} from '../../domain/image-format.ts';
import { imageBytes } from '../../formats/image-bytes.ts';
import { compressed } from './compress.ts';
import { planDiskImage } from './formats.ts';
import { writeInitrd } from './initrd.ts';
import { planIso } from './iso.ts';
import { livePartsOf } from './live.ts';
import { type Making, rawDisk, stored } from './making.ts';
import { packDisk } from './packed.ts';
import { runSteps } from './steps.ts';
import type { ArtifactPlan } from './types.ts';
import { fileSource, writeBytes, writeImage, writeWhole } from './write.ts';

/** Makes one artifact, whole or not at all. */
export async function makeArtifact(
  plan: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { format, path } = plan;
  const whole = compressionOf(format);
  if (whole !== undefined) return await makeCompressed(whole, path, making, signal);
  if (isPlanned(format)) {
    const image = await planDiskImage(format, basename(path), making);
    await using raw = await open((await rawDisk(making)).path);
    return await writeWhole(path, async (file) => await writeImage(image, raw, file, signal));
  }
  if (isPacked(format)) return await packDisk(format, path, making, signal);
  return await makeIso(path, making, signal);
}

async function makeCompressed(
  { of, compression }: { readonly of: PlannedFormat | 'tar'; readonly compression: Compression },
  path: string,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const isTar = of === 'tar';
  const { tar } = making.request.rootfs;
  const source = isTar ? await stored(tar, 'rootfs.tar', making.ports) : (await rawDisk(making)).path;
  await using file = await open(source);
  const fileName = basename(path, `.${compression}`);
  const plain = isTar
    ? file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })
    : imageBytes(await planDiskImage(of, fileName, making), fileSource(file, signal));
  const bytes = compressed(plain, compression, making, signal);
  return await writeWhole(path, async (output) => await writeBytes(bytes, output, signal));
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
