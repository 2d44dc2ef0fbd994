import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { LoadedImageConfig } from '../config/image.ts';
import { findPlaced, plain } from '../config/placed.ts';
import { actionKey } from '../domain/action-key.ts';
import type { Sha256 } from '../domain/digest.ts';
import { usageError } from '../domain/errors.ts';
import { emittedFormats } from '../domain/image.ts';
import { latin1Text } from '../domain/image-bytes.ts';
import type { ListedFile } from '../domain/image-document.ts';
import type { ImageFormat } from '../domain/image-format.ts';
import { GROWERS } from '../domain/image-grow.ts';
import { manifestLine } from '../domain/image-manifest.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { formatReplacement } from '../domain/package-changes.ts';
import type { Root } from '../domain/ports.ts';
import { writeTar } from '../formats/tar/index.ts';
import { type Artifact, emitArtifacts } from '../stages/disk-to-artifacts/index.ts';
import type { RootfsBase } from '../stages/repo-to-rootfs/index.ts';
import { billOf, imageDocuments, readManifest } from './bill.ts';
import { changedConfig } from './changed-config.ts';
import { changePackages, updatesOf } from './changed-packages.ts';
import type { Context } from './context.ts';
import { checkRootHash } from './disk-verity.ts';
import { efiSigner } from './efi-signer.ts';
import { loadConfigToMake } from './image.ts';
import { type KeptDisk, keepDisk } from './kept-disk.ts';
import { openBytes } from './open-bytes.ts';
import { type OpenedDisk, readDisk, readInstalled } from './opened-disk.ts';
import { readPassphrase } from './passphrase.ts';
import { openRawImage } from './raw-image.ts';
import { makeRootfsAndDisk } from './rootfs-and-disk.ts';
import { inStage } from './stage.ts';

const RECIPE = 'base-tree/3';

/** An image that was read. */
interface Base {
  readonly name: string;
  readonly sha256: Sha256;
  readonly rootfs: Omit<RootfsBase, 'packages' | 'replaced' | 'setsHostname' | 'mounts'>;
  readonly installed: readonly RpmArtifact[] | undefined;
  readonly commandLine: string | undefined;
  readonly fstab: string | undefined;
  readonly selinuxConfig: string | undefined;
  readonly kept: KeptDisk;
}

/**
 * Changes an image of ours, or the one that the configuration names, as the run's configuration says, and emits its
 * formats, or only some of them. What is installed counts: only what the new packages need beside it is installed. Throws
 * `IMAGE_MISSING`, and what `changePackages`, reading a disk and making an image throw.
 */
export async function customizeImage(
  named: string | undefined,
  only: readonly ImageFormat[],
  context: Context,
  signal: AbortSignal,
): Promise<readonly Artifact[]> {
  const { ports, program, settings, signer } = context;
  const loaded = await loadConfigToMake(settings, { changesImage: true });
  if (loaded.config.installer !== undefined) {
    throw usageError('IMAGE_INSTALLER', 'an installer of an image that is changed is not made yet', {
      hint: 'Make the image itself with the key installer.',
    });
  }
  const image = named ?? namedImage(loaded);
  await signer?.key(signal);
  const efi = await efiSigner(loaded.config.disk);
  const passphrase = await readPassphrase(loaded.config.disk);
  const tools = await ports.roots.base('tools', signal);
  const base = await inStage(ports, 'image', undefined, async () => {
    const result = await readBase(image, passphrase, tools, context, signal);
    return { result, detail: `${result.installed?.length ?? 'unknown'} packages` };
  });
  const { config, mounts } = await changedConfig(loaded, base, tools, context, signal);
  const { packages, kept, replaced, built } = await changePackages(
    ...([config, updatesOf(loaded), base.installed, context, signal] as const),
  );
  const setsHostname = findPlaced(loaded.placed, 'hostname').length > 0;
  const all = {
    ...{ ...base.rootfs, setsHostname, mounts },
    packages: kept.map(({ header }) => header),
    replaced: replaced.map(({ before }) => before.header),
  };
  const request = { config, packages, base: all, tools, efiSigner: efi, passphrase };
  const updates = replaced.map(formatReplacement).join(', ');
  const what = `${packages.length} packages new${updates === '' ? '' : ` (${updates})`}`;
  const { rootfs, disk } = await makeRootfsAndDisk(request, what, context, signal);
  const describe = async (artifacts: readonly ListedFile[]) => {
    const { files, withoutSecrets } = loaded;
    const { name, sha256 } = base;
    const made = {
      config,
      files,
      withoutSecrets,
      packages,
      rootfs,
      disk,
      tools,
      built,
      base: { name, sha256, packages: kept },
    };
    const documents = await imageDocuments(
      await billOf(made, context, signal),
      await readManifest(rootfs, ports),
      artifacts,
    );
    // Without its database nobody knows all that is installed.
    if (base.installed !== undefined) return documents;
    return documents.filter(({ kind }) => kind === 'manifest' || kind === 'provenance');
  };
  return await inStage(ports, 'images', emittedFormats(config).length, async () => {
    const chosen = only.length === 0 ? {} : { only };
    const signed = signer === undefined ? {} : { signer };
    const { imagesDir } = settings;
    const emitted = { config, rootfs, disk, tools, program, imagesDir, describe, ...chosen, ...signed };
    const result = await emitArtifacts(emitted, ports, signal);
    const reused = result.filter((artifact) => artifact.reused).length;
    return { result, detail: `${result.length - reused} written, ${reused} unchanged` };
  });
}

/** The image that the configuration names. Throws `IMAGE_MISSING`. */
function namedImage({ placed }: LoadedImageConfig): string {
  const [image] = findPlaced(placed, 'base.image');
  const written = image === undefined ? undefined : plain(image.found);
  if (image !== undefined && typeof written === 'string') {
    return resolve(dirname(image.found.place.path), written);
  }
  throw usageError('IMAGE_MISSING', 'no image is named', {
    hint: 'Call it as: distrokit customize images/minimal/minimal-1.0.raw changes.yaml',
  });
}

async function readBase(
  image: string,
  passphrase: Uint8Array | undefined,
  tools: Root,
  context: Context,
  signal: AbortSignal,
): Promise<Base> {
  const { ports } = context;
  if ((await stat(image).catch(() => undefined))?.isFile() !== true) {
    throw usageError('IMAGE_UNKNOWN', `${image}: there is no such image`, {
      hint: 'Name a raw, vhd, vhdx or qcow2 image of ours.',
    });
  }
  await using raw = await openRawImage(image, tools, context, signal);
  await using file = await openBytes(raw.path);
  const disk = await readDisk(file.read, (await stat(raw.path)).size, passphrase);
  await checkRootHash(disk, file.read);
  const kept = keepDisk(disk);
  const blobs = await readInstalled(disk);
  // Of an installed package no file is left: its header stands for it.
  const installed = blobs?.map(({ header, blob }) => ({
    ...{ header, path: '' },
    digest: { sha256: createHash('sha256').update(blob).digest('hex'), size: blob.length },
  }));
  const entries = disk.entries.map((entry) => ({ ...entry, mtime: Math.floor(entry.mtime) }));
  const { sha256 } = await ports.digests.digest(image);
  return {
    rootfs: {
      ...(await storeTree(actionKey(RECIPE, { image: sha256 }), disk, entries, context, signal)),
      preset: disk.preset,
      epoch: entries.reduce((newest, { mtime }) => Math.max(newest, mtime), 0),
      canGrow: GROWERS.every((program) => entries.some(({ path }) => `/${latin1Text(path)}` === program)),
      hasKernel: entries.some(({ path }) => /^boot\/vmlinuz-[^/]+$/.test(latin1Text(path))),
    },
    installed,
    ...{ name: basename(image), sha256, kept, commandLine: disk.commandLine },
    ...{ fstab: disk.fstab, selinuxConfig: disk.selinuxConfig },
  };
}

/** Puts the tree into the store, in the two forms that composing takes it from. */
async function storeTree(
  key: string,
  { content, entries: read }: OpenedDisk,
  entries: readonly ManifestEntry[],
  { ports }: Context,
  signal: AbortSignal,
): Promise<Pick<RootfsBase, 'tar' | 'manifest'>> {
  await using _lock = await ports.locks.acquire(`action-${key}`, signal);
  const known = await ports.store.action(key);
  const find = async (name: string) => {
    const digest = known?.outputs.find((output) => output.name === name)?.digest;
    const path = digest === undefined ? undefined : await ports.store.find(digest.sha256);
    return digest === undefined || path === undefined ? undefined : { path, sha256: digest.sha256 };
  };
  const stored = { tar: await find('tar'), manifest: await find('manifest') };
  if (stored.tar !== undefined && stored.manifest !== undefined) {
    return { tar: stored.tar, manifest: stored.manifest };
  }
  const original = new Map(entries.map((entry, index) => [entry, read[index]!]));
  const put = async (pieces: AsyncIterable<Uint8Array>) => {
    const digest = await ports.store.putStream(pieces, undefined, signal);
    return { digest, file: { path: (await ports.store.find(digest.sha256))!, sha256: digest.sha256 } };
  };
  const plain = entries.filter(({ type }) => !['char', 'block', 'socket'].includes(type));
  const bare = plain.map((entry) => ({ ...entry, xattrs: [] }));
  const byBare = new Map(bare.map((entry, index) => [entry as ManifestEntry, original.get(plain[index]!)!]));
  const tar = await put(writeTar(bare, (entry) => content(byBare.get(entry)!)));
  const manifest = await put(lines(entries));
  const outputs = [
    { name: 'tar', digest: tar.digest },
    { name: 'manifest', digest: manifest.digest },
  ];
  await ports.store.saveAction(key, { outputs, facts: {} });
  return { tar: tar.file, manifest: manifest.file };
}

async function* lines(entries: readonly ManifestEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) yield Buffer.from(`${manifestLine(entry)}\n`);
}
