import { relative } from 'node:path';
import { type LoadedImageConfig, type LoadOptions, loadImageConfig } from '../config/image.ts';
import { problemLines } from '../config/image-document.ts';
import { findPlaced } from '../config/placed.ts';
import { usageError } from '../domain/errors.ts';
import { emittedFormats, type ImageConfig, wantsDisk } from '../domain/image.ts';
import type { Disk } from '../domain/image-disk.ts';
import type { ListedFile } from '../domain/image-document.ts';
import type { ImageFormat } from '../domain/image-format.ts';
import type { Rootfs } from '../domain/image-rootfs.ts';
import { isUnattended } from '../domain/installer/kickstart.ts';
import type { RpmArtifact } from '../domain/package.ts';
import type { Root } from '../domain/ports.ts';
import { formatNevra } from '../domain/spec.ts';
import { type Artifact, emitArtifacts } from '../stages/disk-to-artifacts/index.ts';
import { billOf, imageDocuments, readManifest } from './bill.ts';
import type { Context } from './context.ts';
import { efiSigner } from './efi-signer.ts';
import { solveInstall } from './install.ts';
import { type InstallerSystem, installerParts, installerSystem, withInstaller } from './installer.ts';
import { outPaths } from './layout.ts';
import type { BuiltPackages } from './packages.ts';
import { readPassphrase } from './passphrase.ts';
import { hashPasswords } from './passwords.ts';
import { makeRootfsAndDisk, type OtherDiskMade } from './rootfs-and-disk.ts';
import type { Settings } from './settings.ts';
import { writeSnapshot } from './snapshot.ts';
import { inStage } from './stage.ts';

/** Path of the run's configuration. Throws `CONFIG_MISSING` when none is named. */
export function configPath({ config }: Pick<Settings, 'config'>): string {
  if (config !== undefined) return config;
  throw usageError('CONFIG_MISSING', 'no image configuration is named', {
    hint: 'Add CONFIG=configs/minimal.yaml.',
  });
}

/** Reads the run's configuration with all that is known of it. Throws usage errors. */
export async function loadConfig(
  settings: Pick<Settings, 'config' | 'checkout' | 'system' | 'release'>,
  options: Omit<LoadOptions, 'system' | 'release'> = {},
): Promise<LoadedImageConfig> {
  const { checkout, system, release } = settings;
  const path = relative(checkout, configPath(settings));
  return await loadImageConfig(path, checkout, { ...options, system, release });
}

/** Reads the run's configuration. Throws usage errors. */
export async function readImageConfig(
  settings: Pick<Settings, 'config' | 'checkout' | 'system' | 'release'>,
): Promise<ImageConfig> {
  return (await loadConfig(settings)).config;
}

/**
 * Reads the run's configuration to make its image. Throws `CONFIG_NOT_MADE_YET`, with their places, for keys
 * that nothing makes yet.
 */
export async function loadConfigToMake(
  settings: Pick<Settings, 'config' | 'checkout' | 'system' | 'release'>,
  options: Pick<LoadOptions, 'changesImage'> = {},
): Promise<LoadedImageConfig> {
  const loaded = await loadConfig(settings, options);
  const { unmade } = loaded;
  if (options.changesImage !== true && findPlaced(loaded.placed, 'base').length > 0) {
    throw usageError('CONFIG_CHANGES_IMAGE', `${configPath(settings)}: this configuration changes an image`, {
      hint: 'Call it as: distrokit customize IMAGE CONFIG',
    });
  }
  if (unmade.length === 0) return loaded;
  throw usageError('CONFIG_NOT_MADE_YET', problemLines(unmade), {
    hint: 'Leave these keys out. docs/image-config.md tells what is made already.',
  });
}

/** What an image is made of, before any of it is made. */
export interface ImageParts {
  /** Without passwords that are not hashed. */
  readonly config: ImageConfig;
  /** Files that it was read from. */
  readonly files: readonly string[];
  /** Of those that have secrets as they are, by path: what they say without them. */
  readonly withoutSecrets: ReadonlyMap<string, string>;
  readonly packages: readonly RpmArtifact[];
  readonly tools: Root;
  readonly built: BuiltPackages;
  readonly installer: InstallerSystem | undefined;
}

/** An image that is there, with what it was written from. */
export interface WrittenImage {
  readonly rootfs: Rootfs;
  readonly disk: Disk | undefined;
  readonly others: readonly OtherDiskMade[];
  readonly artifacts: readonly Artifact[];
}

/**
 * Composes the root file system of a configuration from packages, and emits every format of it, or only
 * some: their bytes do not depend on which are asked for.
 */
export async function makeImage(
  loaded: LoadedImageConfig,
  only: readonly ImageFormat[],
  built: BuiltPackages,
  context: Context,
  signal: AbortSignal,
): Promise<readonly Artifact[]> {
  const parts = await imageParts(loaded, built, context, signal);
  return (await writeImage(parts, only, context, signal)).artifacts;
}

/** Hashes passwords and finds all packages of an image. */
export async function imageParts(
  { config: wanted, files, withoutSecrets }: LoadedImageConfig,
  built: BuiltPackages,
  context: Context,
  signal: AbortSignal,
): Promise<ImageParts> {
  const { ports, settings } = context;
  const tools = await ports.roots.base('tools', signal);
  const config = await hashPasswords(wanted, tools, ports, signal);
  const local = [...built.packages.values()].flat();
  const what = `the image ${config.name}`;
  const packages = await solveInstall(config.packages, what, { local, onSeedRoot: false }, context, signal);
  await writeSnapshot(
    outPaths(settings).solution,
    packages.map(({ header, digest }) => ({ package: formatNevra(header), ...digest })),
  );
  const installer = await installerSystem(config, packages, local, context, signal);
  return { config, files, withoutSecrets, packages, tools, built, installer };
}

/** Writes an image of its parts; `target` is where in the sandbox it is composed, if not where it usually is. */
export async function writeImage(
  parts: ImageParts,
  only: readonly ImageFormat[],
  context: Context,
  signal: AbortSignal,
  target?: string,
): Promise<WrittenImage> {
  const { ports, settings, program, signer } = context;
  const { config, packages, tools } = parts;
  const efi = await efiSigner(config.disk);
  const passphrase = wantsDisk(config) ? await readPassphrase(config.disk) : undefined;
  const kept = packages.filter(({ header }) => !config.removePackages.includes(header.name));
  const place = target === undefined ? {} : { target };
  const request = { config, packages, tools, efiSigner: efi, passphrase, ...place };
  const { rootfs, disk, declined, others } = await makeRootfsAndDisk(
    request,
    `${kept.length} packages`,
    context,
    signal,
  );
  const medium = await installerParts(parts, kept, place, context, signal);
  // Whoever installs is asked for it, unless nobody is.
  const told = config.installer && isUnattended(config.installer) ? passphrase : undefined;
  const installer = medium && { ...medium, declined, passphrase: told };
  const describe = async (artifacts: readonly ListedFile[]) => {
    const all = withInstaller(kept, parts.installer);
    const made = { ...parts, packages: all, rootfs, disk, systems: medium?.systems ?? [] };
    const bill = await billOf(made, context, signal);
    return await imageDocuments(bill, await readManifest(rootfs, ports), artifacts);
  };
  return await inStage(ports, 'images', emittedFormats(config).length, async () => {
    const chosen = only.length === 0 ? {} : { only };
    const { imagesDir } = settings;
    const signed = signer === undefined ? {} : { signer };
    const optional = { ...chosen, ...signed, ...(installer === undefined ? {} : { installer }) };
    const made = { config, rootfs, disk, others, tools, program, efiSigner: efi };
    const emitted = { ...made, imagesDir, describe, ...optional };
    const artifacts = await emitArtifacts(emitted, ports, signal);
    const reused = artifacts.filter((artifact) => artifact.reused).length;
    const detail = `${artifacts.length - reused} written, ${reused} unchanged`;
    return { result: { rootfs, disk, others, artifacts }, detail };
  });
}
