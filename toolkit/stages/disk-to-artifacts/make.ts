import { createReadStream } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { readManifestEntries } from '../../config/rootfs-manifest.ts';
import type { FileDigest } from '../../domain/digest.ts';
import { efiLoader } from '../../domain/image-boot.ts';
import { compressionOf, isPacked, isPlanned, type Wrapped } from '../../domain/image-format.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import { partitionNames } from '../../domain/live-mounts.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { stored } from '../../domain/stored.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { signProgram } from '../../formats/authenticode/index.ts';
import { openFat } from '../../formats/fat/index.ts';
import { imageBytes } from '../../formats/image-bytes.ts';
import { writeOci } from '../../formats/oci/index.ts';
import { rdiffDelta } from '../../formats/rdiff/index.ts';
import { packTar, writeTar } from '../../formats/tar/index.ts';
import { compressed } from './compress.ts';
import { efiMembers, espOf } from './efi-tar.ts';
import { planDiskImage } from './formats.ts';
import { type InitrdFile, writeInitrd } from './initrd.ts';
import { PASSPHRASE, systemTars } from './installer.ts';
import { planIso } from './iso.ts';
import { signedName } from './iso-efi.ts';
import { isoRootfs, livePartsOf } from './live.ts';
import { liveTree, writeLiveTar } from './live-tree.ts';
import { type Making, rawDisk } from './making.ts';
import { makeOverlay } from './overlay.ts';
import { packDisk } from './packed.ts';
import { ipxeScript, planPxe, pxePartNames } from './pxe.ts';
import { writeRootInitrd } from './root-initrd.ts';
import { runSteps, type StepInput } from './steps.ts';
import { planTree } from './trees.ts';
import type { ArtifactPlan, ArtifactsRequest } from './types.ts';
import { fileSource, plannedBytes, writeBytes, writeChunks, writeImage, writeWhole } from './write.ts';

const BUFFER = 1 << 20;

/** Makes one artifact, whole or not at all. */
export async function makeArtifact(
  plan: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { format, path, area } = plan;
  const whole = compressionOf(format);
  if (whole !== undefined) return await makeWrapped(whole, plan, making, signal);
  if (isPlanned(format)) {
    const image = await planDiskImage(format, basename(path), area, making);
    await using raw = await open((await rawDisk(making)).path);
    const wanted = () => plannedBytes(image);
    // The disk as it is: the store has hashed it.
    const known = format === 'raw' && area === undefined ? making.request.disk?.raw : undefined;
    return await writeWhole(path, async (file) => await writeImage(image, raw, file, signal, known), wanted);
  }
  if (isPacked(format)) return await packDisk(format, path, making, signal);
  switch (format) {
    case 'squashfs':
    case 'erofs':
      return await makeTree(format, path, making, signal);
    case 'oci':
    case 'oci-zstd':
      return await makeOci(format === 'oci' ? 'gzip' : 'zstd', path, making, signal);
    case 'rdiff':
      return await makeDelta(plan, making, signal);
    case 'diff':
      return await makeOverlay(plan, making, signal);
    case 'kernel':
      return await keep(await kernelPath(making), path, signal);
    case 'initrd': {
      const packed = compressed(await initramfsOf(making), 'gz', making, signal);
      return await writeWhole(path, async (file) => await writeBytes(packed, file, signal));
    }
    case 'iso':
      return await makeIso(path, making, signal);
    case 'pxe':
      return await makePxe(plan, making, signal);
    case 'efi.tar':
      return await makeEfiTar(path, making, signal);
    case 'pxe.tar':
      return await makePxeTar(plan, making, signal);
    default:
      throw new Error(`nothing makes ${format}`);
  }
}

async function makeWrapped(
  { of, compression, inTar }: Wrapped,
  plan: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { path, area } = plan;
  const write = async (plain: AsyncIterable<Uint8Array>, reader?: 'kernel') => {
    const bytes = compressed(plain, compression, making, signal, reader);
    return await writeWhole(path, async (output) => await writeBytes(bytes, output, signal));
  };
  if (of === 'tar') return await write(sparseTar(making));
  if (of === 'initrd' && !inTar) return await write(await initramfsOf(making), 'kernel');
  const stem = basename(path, `.${inTar ? 'tar.' : ''}${compression}`);
  const name = of === 'initrd' ? `${stem}.img` : stem;
  const { epoch } = making.request.rootfs;
  const wrap = (size: number, bytes: AsyncIterable<Uint8Array>) =>
    inTar ? tarOfFile(name, size, bytes, epoch) : bytes;
  if (isPlanned(of)) {
    await using raw = await open((await rawDisk(making)).path);
    const image = await planDiskImage(of, name, area, making);
    return await write(wrap(image.size, imageBytes(image, fileSource(raw, signal))));
  }
  await using scratch = await making.ports.roots.scratch('wrapped-');
  const { size } = await makeArtifact(
    { ...plan, format: of, path: `${scratch.path}/${name}` },
    making,
    signal,
  );
  const made = createReadStream(`${scratch.path}/${name}`, { highWaterMark: BUFFER });
  return await write(wrap(size, made));
}

/** An archive of one file, which is root's. */
function tarOfFile(
  name: string,
  size: number,
  bytes: AsyncIterable<Uint8Array>,
  epoch: number,
): AsyncIterable<Uint8Array> {
  const entry: ManifestEntry = {
    ...{ path: Buffer.from(name), type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: epoch, size, xattrs: [] },
  };
  return writeTar([entry], () => bytes);
}

/** Files by their paths and sizes, with the folders around them, all of root. */
function filesWithFolders(files: ReadonlyMap<string, number>, epoch: number): ManifestEntry[] {
  const folders = new Set<string>();
  for (const path of files.keys()) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  }
  const common = { uid: 0, gid: 0, mtime: epoch, xattrs: [] } as const;
  const paths = [...new Set([...folders, ...files.keys()])].sort(byCodeUnit);
  return paths.map((path): ManifestEntry => {
    const size = files.get(path);
    const own = { ...common, path: Buffer.from(path) };
    if (size === undefined) return { ...own, type: 'directory', mode: 0o755, size: 0 };
    return { ...own, type: 'file', mode: 0o644, size };
  });
}

function pathOf({ path }: ManifestEntry): string {
  return Buffer.from(path).toString();
}

/** How a partition differs from another one, which is a file of the user. */
async function makeDelta(
  { path, area, base }: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  if (area === undefined || base === undefined) throw new Error('a difference is asked for, and not of what');
  await using raw = await open((await rawDisk(making)).path);
  await using old = await open(base);
  const disk = fileSource(raw, signal);
  const target = {
    size: area.size,
    read: async (offset: number, length: number) => await disk(area.offset + offset, length),
  };
  const delta = rdiffDelta({ size: (await old.stat()).size, read: fileSource(old, signal) }, target);
  return await writeWhole(path, async (file) => await writeBytes(delta, file, signal));
}

async function kernelPath({ request, ports }: Making): Promise<string> {
  const { kernel } = request.rootfs;
  if (kernel === undefined) throw new Error('a kernel is asked for and there is none');
  return await stored(kernel.image, 'the kernel', ports);
}

/** What people extract: with `both`, GNU tar reads one form of extended attributes, libarchive the other. */
async function* sparseTar({ request, ports }: Making): AsyncGenerator<Uint8Array> {
  const { manifest, contents } = request.rootfs;
  const entries = await readManifestEntries(await stored(manifest, 'the manifest', ports));
  using opened = await contents.open(entries);
  const pieces = packTar(entries, opened.read, { xattrs: 'both', sparse: true });
  // Pieces are good for a moment only, and compressors work on several.
  for await (const piece of pieces) yield Buffer.from(piece);
}

/** With all holes filled: not every container engine and program that makes file systems knows maps of them. */
async function rootfsTar(
  { request, ports }: Making,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const tar = await request.rootfs.contents.tar(signal);
  return createReadStream(await stored(tar, 'rootfs.tar', ports), { highWaterMark: BUFFER });
}

async function tarInput({ contents }: Rootfs, signal: AbortSignal, name = 'rootfs.tar'): Promise<StepInput> {
  return { name, digest: await contents.tar(signal) };
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
  const layer = compressed(await rootfsTar(making, signal), packing, making, signal);
  const { sha256: diffId } = await rootfs.contents.tar(signal);
  const chunks = writeOci({ ...image, diffId }, layer);
  return await writeWhole(path, async (file) => await writeChunks(chunks, file, signal));
}

async function makeTree(
  format: 'squashfs' | 'erofs',
  path: string,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  await using scratch = await making.ports.roots.scratch(`${format}-`);
  const inputs = [await tarInput(making.request.rootfs, signal)];
  await runSteps([planTree(format, making.request)], inputs, scratch.path, making, signal);
  return await keep(`${scratch.path}/image`, path, signal);
}

async function makeIso(path: string, making: Making, signal: AbortSignal): Promise<FileDigest> {
  const { request, ports } = making;
  const plan = planIso(request);
  await using scratch = await ports.roots.scratch('iso-');
  for (const [name, text] of Object.entries(plan.texts)) await writeFile(`${scratch.path}/${name}`, text);
  const { passphrase } = request.installer ?? {};
  if (passphrase !== undefined) await writeFile(`${scratch.path}/${PASSPHRASE}`, passphrase);
  const rootfs = isoRootfs(request);
  await writeLiveTar(`${scratch.path}/live.tar`, await liveTree(rootfs, plan.hidden, ports));
  await runSteps([plan.squash], [], scratch.path, making, signal);
  const source = `${scratch.path}/root.squashfs`;
  const root = { path: 'live/root.squashfs', source, size: (await stat(source)).size };
  const initrd = await liveInitrd(rootfs, making, plan.isInMemory ? [root] : []);
  await writeFile(`${scratch.path}/initrd.cpio`, initrd);
  const inputs = [...plan.inputs];
  for (const { name, rootfs: tree } of systemTars(request)) inputs.push(await tarInput(tree, signal, name));
  await runSteps(plan.programSteps, inputs, scratch.path, making, signal);
  await signPrograms(plan.signings, request, scratch.path);
  await runSteps(plan.steps, inputs, scratch.path, making, signal);
  return await keep(`${scratch.path}/image.iso`, path, signal);
}

/** Signatures are made here: no program of a sandbox gets the key. */
async function signPrograms(
  names: readonly string[],
  { efiSigner }: ArtifactsRequest,
  folder: string,
): Promise<void> {
  for (const name of names) {
    const signed = signProgram(await readFile(`${folder}/${name}`), efiSigner!);
    await writeFile(`${folder}/${signedName(name)}`, signed, { flag: 'wx' });
  }
}

async function makePxe(
  { path, part }: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { request, ports } = making;
  const { commandLine, steps, inputs, hidden } = planPxe(request);
  const write = async (bytes: AsyncIterable<Uint8Array>) =>
    await writeWhole(path, async (file) => await writeBytes(bytes, file, signal));
  switch (part) {
    case 'kernel':
      return await keep(await kernelPath(making), path, signal);
    case 'initrd':
      return await write(await liveInitrd(request.rootfs, making));
    case 'script':
      return await write(Readable.from([Buffer.from(ipxeScript(basename(path), commandLine))]));
    default: {
      await using scratch = await ports.roots.scratch('pxe-');
      await writeLiveTar(`${scratch.path}/live.tar`, await liveTree(request.rootfs, hidden, ports));
      await runSteps(steps, inputs, scratch.path, making, signal);
      const source = `${scratch.path}/root.squashfs`;
      const file = { path: 'live/root.squashfs', source, size: (await stat(source)).size };
      return await write(writeInitrd([file], request.rootfs.epoch));
    }
  }
}

/** What UEFI starts, for whoever signs it elsewhere. */
async function makeEfiTar(path: string, making: Making, signal: AbortSignal): Promise<FileDigest> {
  const { config, rootfs } = making.request;
  const { layout, path: raw } = await rawDisk(making);
  const { offset, number } = espOf(config.name, layout);
  await using disk = await open(raw);
  const files = await openFat(fileSource(disk, signal), offset);
  const { uuid } = layout.disk.partitions[number - 1]!;
  const members = await efiMembers(await files.list(), efiLoader(config.disk), uuid);
  const entries = filesWithFolders(new Map(members.map((one) => [one.path, one.bytes.length])), rootfs.epoch);
  const bytes = new Map(members.map((one) => [one.path, one.bytes]));
  const archive = writeTar(entries, (entry) => Readable.from([bytes.get(pathOf(entry))!]));
  return await writeWhole(path, async (file) => await writeBytes(archive, file, signal));
}

/** All files of `pxe`, and those of the user. */
async function makePxeTar(plan: ArtifactPlan, making: Making, signal: AbortSignal): Promise<FileDigest> {
  const { ports, request } = making;
  await using scratch = await ports.roots.scratch('pxe-tar-');
  const files = new Map<string, { readonly source: string; readonly size: number }>();
  const stem = basename(plan.path, '.pxe.tar');
  for (const { part, name } of pxePartNames(stem)) {
    const source = `${scratch.path}/${name}`;
    const { size } = await makePxe({ ...plan, format: 'pxe', path: source, part }, making, signal);
    files.set(name, { source, size });
  }
  for (const { path, digest } of request.mediumFiles ?? []) {
    files.set(path.slice(1), { source: await stored(digest, path, ports), size: digest.size });
  }
  const sizes = new Map([...files].map(([name, { size }]) => [name, size]));
  const bytes = writeTar(filesWithFolders(sizes, request.rootfs.epoch), (entry) =>
    createReadStream(files.get(pathOf(entry))!.source, { highWaterMark: BUFFER }),
  );
  return await writeWhole(plan.path, async (file) => await writeBytes(bytes, file, signal));
}

/** The initramfs of live media. */
async function liveInitrd(
  rootfs: Rootfs,
  { request, ports }: Making,
  more: readonly InitrdFile[] = [],
): Promise<AsyncIterable<Uint8Array>> {
  const { live } = livePartsOf({ config: request.config, rootfs });
  const files = [
    { path: 'bin/busybox', source: await stored(live.busybox, 'busybox', ports), size: live.busybox.size },
    { path: 'init', source: await stored(live.init, 'the init of live media', ports), size: live.init.size },
  ];
  return writeInitrd([...files, ...more], rootfs.epoch);
}

/** The whole root file system as an initramfs. */
async function initramfsOf({ request, ports }: Making): Promise<AsyncIterable<Uint8Array>> {
  const { config, rootfs } = request;
  const { entries, open } = await liveTree(rootfs, partitionNames(config), ports);
  return writeRootInitrd(config.name, entries, { open }, rootfs.epoch);
}

/** Copies what steps made to its place. */
async function keep(from: string, path: string, signal: AbortSignal): Promise<FileDigest> {
  const made = createReadStream(from, { highWaterMark: BUFFER });
  const wanted = async () => (await stat(from)).size;
  return await writeWhole(path, async (file) => await writeBytes(made, file, signal), wanted);
}
