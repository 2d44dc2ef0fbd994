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
import { stored } from '../../domain/stored.ts';
import { imageBytes } from '../../formats/image-bytes.ts';
import { writeOci } from '../../formats/oci/index.ts';
import { compressed } from './compress.ts';
import { planDiskImage } from './formats.ts';
import { writeInitrd } from './initrd.ts';
import { planIso } from './iso.ts';
import { livePartsOf } from './live.ts';
import { type Making, rawDisk } from './making.ts';
import { packDisk } from './packed.ts';
import { runSteps } from './steps.ts';
import { planTree } from './trees.ts';
import type { ArtifactPlan } from './types.ts';
import { fileSource, writeBytes, writeChunks, writeImage, writeWhole } from './write.ts';

const BUFFER = 1 << 20;

/** Makes one artifact, whole or not at all. */
export async function makeArtifact(
  plan: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { format, path, area } = plan;
  const whole = compressionOf(format);
  if (whole !== undefined) return await makeCompressed(whole, plan, making, signal);
  if (isPlanned(format)) {
    const image = await planDiskImage(format, basename(path), area, making);
    await using raw = await open((await rawDisk(making)).path);
    return await writeWhole(path, async (file) => await writeImage(image, raw, file, signal));
  }
  if (isPacked(format)) return await packDisk(format, path, making, signal);
  switch (format) {
    case 'squashfs':
    case 'erofs':
      return await makeTree(format, path, making, signal);
    case 'oci':
    case 'oci-zstd':
      return await makeOci(format === 'oci' ? 'gzip' : 'zstd', path, making, signal);
    case 'kernel':
      return await keep(await kernelPath(making), path, signal);
    case 'iso':
      return await makeIso(path, making, signal);
    default:
      throw new Error(`nothing makes ${format}`);
  }
}

async function makeCompressed(
  { of, compression }: { readonly of: PlannedFormat | 'tar'; readonly compression: Compression },
  { path, area }: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const write = async (plain: AsyncIterable<Uint8Array>) => {
    const bytes = compressed(plain, compression, making, signal);
    return await writeWhole(path, async (output) => await writeBytes(bytes, output, signal));
  };
  if (of === 'tar') return await write(await rootfsTar(making));
  await using raw = await open((await rawDisk(making)).path);
  const image = await planDiskImage(of, basename(path, `.${compression}`), area, making);
  return await write(imageBytes(image, fileSource(raw, signal)));
}

async function kernelPath({ request, ports }: Making): Promise<string> {
  const { kernel } = request.rootfs;
  if (kernel === undefined) throw new Error('a kernel is asked for and there is none');
  return await stored(kernel.image, 'the kernel', ports);
}

async function rootfsTar({ request, ports }: Making): Promise<AsyncIterable<Uint8Array>> {
  return createReadStream(await stored(request.rootfs.tar, 'rootfs.tar', ports), { highWaterMark: BUFFER });
}

/** The tar is the layer as it is: it has attributes in the form that container engines read as well. */
async function makeOci(
  compression: 'gzip' | 'zstd',
  path: string,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { config, rootfs } = making.request;
  const { name, version } = config;
  const image = { name, version, architecture: 'amd64', created: rootfs.epoch, compression } as const;
  const packing = compression === 'gzip' ? 'gz' : 'zst';
  const layer = compressed(await rootfsTar(making), packing, making, signal);
  const chunks = writeOci({ ...image, diffId: rootfs.tar.sha256 }, layer);
  return await writeWhole(path, async (file) => await writeChunks(chunks, file, signal));
}

async function makeTree(
  format: 'squashfs' | 'erofs',
  path: string,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  await using scratch = await making.ports.roots.scratch(`${format}-`);
  const inputs = [{ name: 'rootfs.tar', digest: making.request.rootfs.tar }];
  await runSteps([planTree(format, making.request)], inputs, scratch.path, making, signal);
  return await keep(`${scratch.path}/image`, path, signal);
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
  const made = createReadStream(from, { highWaterMark: BUFFER });
  return await writeWhole(path, async (file) => await writeBytes(made, file, signal));
}
