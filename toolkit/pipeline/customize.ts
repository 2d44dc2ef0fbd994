import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { LoadedImageConfig } from '../config/image.ts';
import { findPlaced, plain } from '../config/placed.ts';
import type { Sha256 } from '../domain/digest.ts';
import { usageError } from '../domain/errors.ts';
import { emittedFormats } from '../domain/image.ts';
import { latin1Text } from '../domain/image-bytes.ts';
import type { ListedFile } from '../domain/image-document.ts';
import type { ImageFormat } from '../domain/image-format.ts';
import { GROWERS } from '../domain/image-grow.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { formatReplacement } from '../domain/package-changes.ts';
import type { Root } from '../domain/ports.ts';
import { type Artifact, emitArtifacts } from '../stages/disk-to-artifacts/index.ts';
import type { RootfsBase } from '../stages/repo-to-rootfs/index.ts';
import { storeTree } from './base-tree.ts';
import { billOf, imageDocuments, readManifest } from './bill.ts';
import { changedConfig } from './changed-config.ts';
import { changePackages, updatesOf } from './changed-packages.ts';
import type { Context } from './context.ts';
import { checkRootHash } from './disk-verity.ts';
import { efiSigner } from './efi-signer.ts';
import { loadConfigToMake } from './image.ts';
import { type KeptDisk, keepDisk } from './kept-disk.ts';
import { openBytes } from './open-bytes.ts';
import { readDisk, readInstalled } from './opened-disk.ts';
import { readPassphrase } from './passphrase.ts';
import { openRawImage } from './raw-image.ts';
import { makeRootfsAndDisk } from './rootfs-and-disk.ts';
import { inStage } from './stage.ts';

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
    const made = { config, rootfs, disk, tools, program, efiSigner: efi };
    const emitted = { ...made, imagesDir, describe, ...chosen, ...signed };
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
      ...(await storeTree(sha256, disk, entries, context, signal)),
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
