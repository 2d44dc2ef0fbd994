import { chmod, type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { buildError, usageError } from '../../domain/errors.ts';
import type { Disk } from '../../domain/image-disk.ts';
import { isScrambledSwap } from '../../domain/image-encryption.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { isReadOnly, isVerityHash, verifiedBy, verityRoles } from '../../domain/image-partitions.ts';
import { programInSandbox } from '../../domain/image-program.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { Area, Volume } from '../../domain/layout.ts';
import type { ManifestEntry, ReadContent } from '../../domain/manifest.ts';
import type { ActionResult, Bind, Ports } from '../../domain/ports.ts';
import { roundDown } from '../../domain/round.ts';
import { stored } from '../../domain/stored.ts';
import { lastLines } from '../../domain/text.ts';
import { VERITY_BLOCK } from '../../domain/verity.ts';
import { signProgram } from '../../formats/authenticode/index.ts';
import { planExt4, writeExt4 } from '../../formats/ext4/index.ts';
import type { Extent } from '../../formats/image.ts';
import { detachedSignature } from '../../formats/openpgp/index.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';
import { wholeBytes } from '../../formats/positioned.ts';
import { encodeSwapHeader } from '../../formats/swap/index.ts';
import { noteExtents } from '../../formats/used-extents.ts';
import { btrfsWriters } from './btrfs.ts';
import { areaPieces, diskPieces } from './bytes.ts';
import { contentPlaces, type PlannedExt } from './content-places.ts';
import { type DividedTree, dividedTree, findsRoot, wholeTree } from './divided-tree.ts';
import { LUKS_OPTIONS, luksContainers } from './encryption.ts';
import { type GrubBiosImages, placeGrub } from './grub-bios.ts';
import { storeInitramfs } from './initramfs/store.ts';
import { checkInitramfs, checkKernel, checkOverlays, missingOptions } from './kernel.ts';
import { IN, WORK } from './places.ts';
import { planDisk } from './plan.ts';
import { readBinaries } from './raw-binaries.ts';
import { readOnlyImage, readOnlyVolumes, writeVolumeTar } from './read-only.ts';
import type { BootSteps, DiskPlan, DiskRequest } from './types.ts';
import { hashesIn, sealedCommandLine, writeHashes } from './verity.ts';
import { emptyTree, type VolumeTree } from './volume-trees.ts';
import { xfsWriters } from './xfs.ts';

type DiskPorts = Pick<Ports, 'roots' | 'store' | 'locks' | 'digests'>;

/**
 * Writes the raw disk of a root file system, or finds the one that was written of the same things. No mount,
 * no loop device. Throws `DISK_FAILED` with the words of the tool that failed, `ROOTFS_CONTENTS`, `IMAGE_MOUNT`,
 * `IMAGE_KERNEL_FS`, `IMAGE_MOUNT_BY`, `IMAGE_VERITY`, `IMAGE_ENCRYPTION`, `IMAGE_INITRAMFS`, and what `planDisk`, `planExt4`,
 * `planBtrfs` and `planXfs` throw.
 */
export async function writeDisk(request: DiskRequest, ports: DiskPorts, signal: AbortSignal): Promise<Disk> {
  const { config } = request;
  const whole = await wholeTree(request, ports);
  const { task } = whole;
  const initrd = task && (await storeInitramfs(request, task, whole.entries, ports, signal));
  const divided = await dividedTree(request, whole, initrd, ports);
  const binaries = await readBinaries(config.disk.rawBinaries, ports);
  const isEncrypted = config.disk.encryption !== undefined;
  const plan = planDisk(request, divided.trees, binaries, initrd);
  await using _lock = await ports.locks.acquire(`action-${plan.key}`, signal);
  // Each encrypted disk has a volume key of its own, and what opens one is not written down in any form.
  const isUnique = isEncrypted && request.forInstaller !== true;
  const known = isUnique ? undefined : await ports.store.action(plan.key);
  const { outputs, facts } = known ?? (await runPlan(request, plan, divided, ports, signal));
  const [raw, extents, places] = outputs;
  if (raw === undefined || extents === undefined) throw new Error(`action ${plan.key} has not all outputs`);
  const { key, layout } = plan;
  const commandLine = String(facts.commandLine ?? plan.commandLine);
  const placed = plan.binaries.map(({ offset, digest: { size } }) => ({ offset, size }));
  const written = { key, raw: raw.digest, extents: extents.digest, places: places?.digest };
  return { ...written, layout, binaries: placed, commandLine };
}

async function runPlan(
  request: DiskRequest,
  plan: DiskPlan,
  divided: DividedTree,
  ports: DiskPorts,
  signal: AbortSignal,
): Promise<ActionResult> {
  const { rootfs, config } = request;
  const { disk } = plan.layout;
  await using scratch = await ports.roots.scratch('disk-');
  const path = `${scratch.path}/disk.raw`;
  await makeEmptyDisk(path, disk.size);
  const made = makeOthers(request, plan, divided, scratch.path, ports, signal);
  // Waited for below, whatever fails here: the scratch folder must not go before.
  made.catch(() => undefined);
  try {
    const { entries, trees, task, reading } = divided;
    using contents = await rootfs.contents.open(entries);
    const read = reading(contents.read);
    const { boot, place } = config.disk;
    const { release = '' } = (boot === 'none' && place === undefined ? undefined : rootfs.kernel) ?? {};
    if (trees !== undefined) await checkKernel(plan.layout, release, entries, contents.read);
    if (findsRoot(task)) await checkInitramfs(release, entries, contents.read);
    if (task?.early?.mounts.some(({ type }) => type === 'overlay') === true)
      await checkOverlays(release, entries, contents.read);
    if (config.disk.encryption !== undefined) {
      const missing = await missingOptions(release, LUKS_OPTIONS, entries, contents.read);
      if (missing.length > 0) {
        throw usageError(
          'IMAGE_ENCRYPTION',
          `${config.name}: the kernel ${release} is made without ${missing.join(' and ')}`,
          { hint: 'Take another kernel, or leave disk.encryption out.' },
        );
      }
    }
    const { forInstaller = false } = request;
    const containers = forInstaller ? undefined : luksContainers(config, plan.layout, request.passphrase);
    const ext = planExt(plan, entries, trees);
    const others = new Map([...btrfsWriters(plan.btrfs, trees, read), ...xfsWriters(plan.xfs, trees, read)]);
    await made;
    await using work = await open(path);
    const plainPieces = (volume: Volume): AsyncIterable<PositionedBytes> =>
      (forInstaller && (ext.has(volume) || isSwap(volume))) || isScrambledSwap(config.disk, volume.partition)
        ? nothing()
        : (extPieces(ext.get(volume), read) ??
          others.get(volume)?.() ??
          otherPieces(volume, scratch.path, work));
    const piecesOf = (volume: Volume): AsyncIterable<PositionedBytes> =>
      containers?.get(volume.number)?.encrypted(plainPieces(volume), volume) ?? plainPieces(volume);
    const facts = await sealVerified(request, plan, piecesOf, scratch.path, ports, signal);
    const grub = await grubOf(scratch.path, plan);
    const headerOf = ({ number }: Area) => containers?.get(number)?.header;
    const pieces = diskPieces(plan.layout, config, grub, piecesOf, plan.binaries, headerOf);
    const { bytes, extents } = noteExtents(wholeBytes(pieces, disk.size));
    const raw = await ports.store.putStream(bytes, undefined, signal);
    const list = await ports.store.putStream(extentList(extents), undefined, signal);
    const isPlain = (containers?.size ?? 0) === 0;
    const isReadable = isPlain && !forInstaller;
    const places = isReadable ? contentPlaces(ext, entries) : undefined;
    const outputs = [
      { name: 'disk.raw', digest: raw },
      { name: 'extents.json', digest: list },
      ...(places === undefined
        ? []
        : [{ name: 'places.jsonl', digest: await ports.store.putStream(places, undefined, signal) }]),
    ];
    const result = { outputs, facts };
    if (isPlain) await ports.store.saveAction(plan.key, result);
    return result;
  } finally {
    await made.catch(() => undefined);
  }
}

/** All are laid out before the first is written: what does not fit is told early. */
function planExt(
  { ext }: DiskPlan,
  entries: readonly ManifestEntry[],
  trees: ReadonlyMap<string, VolumeTree> | undefined,
): ReadonlyMap<Volume, PlannedExt> {
  const planned = [...ext].map(([volume, options]): [Volume, PlannedExt] => {
    const { mount } = volume.partition;
    const whole = { entries, contentOf: (entry: ManifestEntry) => entry };
    const tree = trees?.get(mount ?? '') ?? (mount === '/' ? whole : emptyTree(options.epoch));
    return [volume, { plan: planExt4(tree.entries, options), contentOf: tree.contentOf }];
  });
  return new Map(planned);
}

function extPieces(
  planned: PlannedExt | undefined,
  read: ReadContent,
): AsyncIterable<PositionedBytes> | undefined {
  if (planned === undefined) return undefined;
  const { plan, contentOf } = planned;
  return writeExt4(plan, (entry, from, target) => read(contentOf(entry), from, target));
}

/**
 * Of what dm-verity checks the boot programs are made when all of it is there, with its root hash on the command line.
 * Returns what is to be known of it later.
 */
async function sealVerified(
  request: DiskRequest,
  plan: DiskPlan,
  piecesOf: (volume: Volume) => AsyncIterable<PositionedBytes>,
  folder: string,
  ports: DiskPorts,
  signal: AbortSignal,
): Promise<ActionResult['facts']> {
  const { verified } = plan.layout;
  if (verified.length === 0) return {};
  const { config, efiSigner } = request;
  const identity = imageIdentity(config);
  let { commandLine } = plan;
  for (const { role, data } of verified) {
    const isImage = isReadOnly(data.partition.fileSystem);
    const size = isImage ? (await readOnlyImage(folder, data)).size : roundDown(data.size, VERITY_BLOCK);
    const verity = verifiedBy(config.disk, role)!;
    const hashed = await writeHashes(piecesOf(data), size, verity, identity, role, hashesIn(folder, role));
    commandLine = sealedCommandLine(commandLine, config, identity, hashed, efiSigner, role);
  }
  await makeBoot(request, plan, plan.startedBy(commandLine), folder, ports, signal);
  return { commandLine };
}

/**
 * What programs make: FAT in the disk itself, read-only file systems out of tars of their own. Boot programs of what
 * dm-verity checks come later.
 */
async function makeOthers(
  request: DiskRequest,
  plan: DiskPlan,
  divided: DividedTree,
  folder: string,
  ports: DiskPorts,
  signal: AbortSignal,
): Promise<void> {
  const volumes = readOnlyVolumes(plan.layout);
  const { entries, trees, reading } = divided;
  if (volumes.length > 0 && trees !== undefined) {
    const { rootfs } = request;
    using contents = await rootfs.contents.open(entries);
    for (const volume of volumes) {
      const tree = trees.get(volume.partition.mount ?? '') ?? emptyTree(rootfs.epoch);
      await writeVolumeTar(folder, volume, tree, reading(contents.read));
    }
  }
  const { boot, treeSteps } = plan;
  await runSteps(request, plan, treeSteps, folder, ports, signal);
  if (plan.layout.verified.length === 0) await makeBoot(request, plan, boot, folder, ports, signal);
}

/** Makes the boot programs, signs them, and fills the file systems that hold them. */
async function makeBoot(
  request: DiskRequest,
  plan: DiskPlan,
  { texts, bootSteps, signings, steps }: BootSteps,
  folder: string,
  ports: DiskPorts,
  signal: AbortSignal,
): Promise<void> {
  for (const [name, text] of Object.entries(texts)) await writeFile(`${folder}/${name}`, text, 'latin1');
  await runSteps(request, plan, bootSteps, folder, ports, signal);
  await signAll(request, signings, folder);
  await runSteps(request, plan, steps, folder, ports, signal);
}

/** Signatures are made here: no program of a sandbox gets the key. */
async function signAll(
  { efiSigner }: DiskRequest,
  signings: BootSteps['signings'],
  folder: string,
): Promise<void> {
  for (const { from, to, kind } of signings) {
    const bytes = await readFile(`${folder}/${from}`);
    const sign = kind === 'program' ? signProgram : detachedSignature;
    await writeFile(`${folder}/${to}`, sign(bytes, efiSigner!), { flag: 'wx' });
  }
}

async function* otherPieces(
  volume: Volume,
  folder: string,
  work: FileHandle,
): AsyncGenerator<PositionedBytes> {
  if (isSwap(volume)) yield* swapPieces(volume);
  else if (isVerityHash(volume.partition)) {
    const role = verityRoles.find((one) => isVerityHash(volume.partition, one))!;
    await using hashes = await open(hashesIn(folder, role));
    yield* areaPieces(hashes, { offset: 0, size: (await hashes.stat()).size });
  } else if (isReadOnly(volume.partition.fileSystem)) {
    const { path, size } = await readOnlyImage(folder, volume);
    await using image = await open(path);
    yield* areaPieces(image, { offset: 0, size });
  } else yield* areaPieces(work, volume);
}

async function* nothing(): AsyncGenerator<PositionedBytes> {}

async function* swapPieces({ size, uuid, partition }: Volume): AsyncGenerator<PositionedBytes> {
  yield { offset: 0, bytes: encodeSwapHeader({ size, uuid, label: partition.label ?? '' }) };
}

function isSwap({ partition }: Volume): boolean {
  return partition.fileSystem === 'swap';
}

async function* extentList(extents: readonly Extent[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(extents.map(({ offset, length }) => [offset, length]))}\n`);
}

async function runSteps(
  request: DiskRequest,
  plan: DiskPlan,
  steps: readonly Step[],
  folder: string,
  ports: DiskPorts,
  signal: AbortSignal,
): Promise<void> {
  if (steps.length === 0) return;
  const { argv, binds: own } = programInSandbox(request.program, 'host/tree/steps.ts');
  const work = { source: folder, target: WORK, writable: true };
  const stdin = JSON.stringify({ cwd: WORK, steps });
  const inputs = [...plan.inputs];
  const tar = `${IN}/rootfs.tar`;
  if (steps.some(({ argv }) => argv.includes(tar))) {
    inputs.push({ name: 'rootfs.tar', digest: await request.rootfs.contents.tar(signal) });
  }
  const binds = [...own, ...(await inputBinds(inputs, ports)), work];
  const done = await ports.roots.run(request.tools, { argv, binds, stdin }, signal);
  if (done.exitCode === 0) return;
  const said = lastLines(done.stderr || done.stdout, 40);
  throw buildError('DISK_FAILED', `${request.config.name}: the partitions could not be made\n${said}`);
}

/** Ours, but the tools run under another user id. */
async function makeEmptyDisk(path: string, size: number): Promise<void> {
  await using file = await open(path, 'wx');
  await file.truncate(size);
  await chmod(path, 0o666);
}

async function inputBinds(inputs: DiskPlan['inputs'], ports: DiskPorts): Promise<Bind[]> {
  const binds: Bind[] = [];
  for (const { name, digest } of inputs) {
    const source = await stored(digest, name, ports);
    binds.push({ source, target: `${IN}/${name}`, writable: false });
  }
  return binds;
}

async function grubOf(folder: string, { layout }: DiskPlan): Promise<GrubBiosImages | undefined> {
  const { bios, disk } = layout;
  if (bios === undefined) return undefined;
  const boot = await readFile(`${folder}/boot.img`);
  const core = await readFile(`${folder}/core.img`);
  return placeGrub(boot, core, bios.offset / disk.sectorSize, bios.size);
}
