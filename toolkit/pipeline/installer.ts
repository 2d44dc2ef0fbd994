import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageConfig } from '../domain/image.ts';
import { installerConfig } from '../domain/installer/live-config.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { rpmFileName } from '../domain/spec.ts';
import { byCodeUnit } from '../domain/text.ts';
import type { InstallerParts } from '../stages/disk-to-artifacts/index.ts';
import { writeMetadata } from '../stages/packages-to-repo/index.ts';
import { composeRootfs } from '../stages/repo-to-rootfs/index.ts';
import type { Context } from './context.ts';
import type { ImageParts } from './image.ts';
import { solveInstall } from './install.ts';
import { inStage } from './stage.ts';

/** The system of an installer medium before it is composed. */
export interface InstallerSystem {
  readonly config: ImageConfig;
  readonly packages: readonly RpmArtifact[];
}

/** Finds all packages of the system that installs an image; undefined where nothing installs it. Throws `UNSOLVABLE`. */
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
  return { config, packages: await solveInstall(config.packages, what, available, context, signal) };
}

/** Composes the system of the medium, and gathers the packages of the image as a folder for it. */
export async function installerParts(
  { installer, tools }: Pick<ImageParts, 'installer' | 'tools'>,
  packages: readonly RpmArtifact[],
  place: { readonly target?: string },
  context: Context,
  signal: AbortSignal,
): Promise<InstallerParts | undefined> {
  if (installer === undefined) return undefined;
  const { ports, program } = context;
  return await inStage(ports, 'installer', undefined, async () => {
    const live = await composeRootfs({ ...installer, tools, program, ...place }, ports, signal);
    const repository = await mediumRepository(packages, context, signal);
    const detail = `${installer.packages.length} packages, ${packages.length} on the medium`;
    return { result: { live, repository }, detail };
  });
}

/** Packages on a medium, those of the image and of its installer, each once. */
export function withInstaller(
  packages: readonly RpmArtifact[],
  installer: InstallerSystem | undefined,
): readonly RpmArtifact[] {
  const all = [...packages, ...(installer?.packages ?? [])];
  return [...new Map(all.map((artifact) => [artifact.digest.sha256, artifact])).values()];
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
