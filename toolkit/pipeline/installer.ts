import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageConfig } from '../domain/image.ts';
import { installerConfig } from '../domain/installer/live-config.ts';
import type { RpmArtifact } from '../domain/package.ts';
import type { Root } from '../domain/ports.ts';
import { rpmFileName } from '../domain/spec.ts';
import { byCodeUnit } from '../domain/text.ts';
import type { InstalledSystem, InstallerParts } from '../stages/disk-to-artifacts/index.ts';
import { writeMetadata } from '../stages/packages-to-repo/index.ts';
import { composeRootfs } from '../stages/repo-to-rootfs/index.ts';
import type { Context } from './context.ts';
import { efiSigner } from './efi-signer.ts';
import type { ImageParts } from './image.ts';
import { solveInstall } from './install.ts';
import { makeRootfsAndDisk } from './rootfs-and-disk.ts';
import { inStage } from './stage.ts';

/** The system of an installer medium before it is composed. */
export interface InstallerSystem {
  readonly config: ImageConfig;
  readonly packages: readonly RpmArtifact[];
  /** What it offers beside the image, each with the packages that are installed of it. */
  readonly systems: readonly OfferedSystem[];
}

interface OfferedSystem {
  readonly config: ImageConfig;
  readonly packages: readonly RpmArtifact[];
}

/**
 * Finds all packages of the system that installs an image, and of those that it offers beside it; undefined where
 * nothing installs it. Throws `UNSOLVABLE`.
 */
export async function installerSystem(
  image: ImageConfig,
  packages: readonly RpmArtifact[],
  local: readonly RpmArtifact[],
  context: Context,
  signal: AbortSignal,
): Promise<InstallerSystem | undefined> {
  if (image.installer === undefined) return undefined;
  const headers = packages.map(({ header }) => header);
  const config = installerConfig(image, headers);
  const available = { local, onSeedRoot: false };
  const what = `the installer of ${image.name}`;
  const systems: OfferedSystem[] = [];
  for (const system of image.systems) {
    const name = `the system ${system.title} of ${image.name}`;
    const found = await solveInstall(system.packages, name, available, context, signal);
    systems.push({ config: system, packages: found });
  }
  return { config, packages: await solveInstall(config.packages, what, available, context, signal), systems };
}

/** Composes the system of the medium and what else it offers, and gathers the packages of all as a folder for it. */
export async function installerParts(
  { installer, tools }: Pick<ImageParts, 'installer' | 'tools'>,
  packages: readonly RpmArtifact[],
  place: { readonly target?: string },
  context: Context,
  signal: AbortSignal,
): Promise<InstallerParts | undefined> {
  if (installer === undefined) return undefined;
  const { ports, program } = context;
  const systems: InstalledSystem[] = [];
  for (const system of installer.systems) {
    systems.push(await writeSystem(system, { tools, ...place }, context, signal));
  }
  return await inStage(ports, 'installer', undefined, async () => {
    const { config } = installer;
    const request = { config, packages: installer.packages, tools, program, ...place };
    const live = await composeRootfs(request, ports, signal);
    const all = eachOnce([...packages, ...installer.systems.flatMap((system) => system.packages)]);
    const repository = await mediumRepository(all, context, signal);
    const detail = `${installer.packages.length} packages, ${all.length} on the medium`;
    return { result: { live, repository, systems }, detail };
  });
}

/** A system that is offered. Nobody is asked for a passphrase before it is installed. */
async function writeSystem(
  { config, packages }: OfferedSystem,
  place: { readonly tools: Root; readonly target?: string },
  context: Context,
  signal: AbortSignal,
): Promise<InstalledSystem> {
  const request = {
    config,
    packages,
    ...place,
    efiSigner: await efiSigner(config.disk),
    passphrase: undefined,
  };
  const what = `${config.title}, ${packages.length} packages`;
  const { rootfs, disk, declined } = await makeRootfsAndDisk(request, what, context, signal);
  if (disk === undefined) throw new Error('an installer installs a disk');
  return { config, rootfs, disk, declined };
}

/** Packages on a medium, those of the image, of its installer and of what that offers, each once. */
export function withInstaller(
  packages: readonly RpmArtifact[],
  installer: InstallerSystem | undefined,
): readonly RpmArtifact[] {
  const offered = (installer?.systems ?? []).flatMap((system) => system.packages);
  return eachOnce([...packages, ...(installer?.packages ?? []), ...offered]);
}

function eachOnce(packages: readonly RpmArtifact[]): readonly RpmArtifact[] {
  return [...new Map(packages.map((artifact) => [artifact.digest.sha256, artifact])).values()];
}

async function mediumRepository(
  packages: readonly RpmArtifact[],
  { ports }: Context,
  signal: AbortSignal,
): Promise<InstallerParts['repository']> {
  await using scratch = await ports.roots.scratch('medium-');
  const entries = packages.map((artifact) => ({ location: rpmFileName(artifact.header), artifact }));
  await writeMetadata(entries, scratch.path, signal);
  const files = entries.map(({ location, artifact }) => ({ path: location, digest: artifact.digest }));
  for (const name of await readdir(join(scratch.path, 'repodata'))) {
    const path = join('repodata', name);
    const bytes = createReadStream(join(scratch.path, path));
    files.push({ path, digest: await ports.store.putStream(bytes, undefined, signal) });
  }
  return files.sort((a, b) => byCodeUnit(a.path, b.path));
}
