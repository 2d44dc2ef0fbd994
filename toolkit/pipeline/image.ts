import { relative } from 'node:path';
import { type LoadedImageConfig, type LoadOptions, loadImageConfig } from '../config/image.ts';
import { problemLines } from '../config/image-document.ts';
import { usageError } from '../domain/errors.ts';
import type { ImageConfig } from '../domain/image.ts';
import type { ListedFile } from '../domain/image-document.ts';
import { holdsDisk, type ImageFormat } from '../domain/image-format.ts';
import { formatNevra } from '../domain/spec.ts';
import { type Artifact, emitArtifacts } from '../stages/disk-to-artifacts/index.ts';
import { composeRootfs } from '../stages/repo-to-rootfs/index.ts';
import { writeDisk } from '../stages/rootfs-to-disk/index.ts';
import { billOf, imageDocuments, readManifest } from './bill.ts';
import type { Context } from './context.ts';
import { solveInstall } from './install.ts';
import { outPaths } from './layout.ts';
import type { BuiltPackages } from './packages.ts';
import { hashPasswords } from './passwords.ts';
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
  settings: Pick<Settings, 'config' | 'checkout' | 'system'>,
  options: Omit<LoadOptions, 'system'> = {},
): Promise<LoadedImageConfig> {
  const { checkout, system } = settings;
  return await loadImageConfig(relative(checkout, configPath(settings)), checkout, { ...options, system });
}

/** Reads the run's configuration. Throws usage errors. */
export async function readImageConfig(
  settings: Pick<Settings, 'config' | 'checkout' | 'system'>,
): Promise<ImageConfig> {
  return (await loadConfig(settings)).config;
}

/**
 * Reads the run's configuration to make its image. Throws `CONFIG_NOT_MADE_YET`, with their places, for keys
 * that nothing makes yet.
 */
export async function loadConfigToMake(
  settings: Pick<Settings, 'config' | 'checkout' | 'system'>,
): Promise<LoadedImageConfig> {
  const loaded = await loadConfig(settings);
  const { unmade } = loaded;
  if (unmade.length === 0) return loaded;
  throw usageError('CONFIG_NOT_MADE_YET', problemLines(unmade), {
    hint: 'Leave these keys out. docs/image-config.md tells what is made already.',
  });
}

/**
 * Composes the root file system of a configuration from packages, and emits every format of it, or only
 * some: their bytes do not depend on which are asked for.
 */
export async function makeImage(
  { config: wanted, files }: LoadedImageConfig,
  only: readonly ImageFormat[],
  built: BuiltPackages,
  context: Context,
  signal: AbortSignal,
): Promise<readonly Artifact[]> {
  const { ports, settings, program, signer } = context;
  const tools = await ports.roots.base('tools', signal);
  const config = await hashPasswords(wanted, tools, ports, signal);
  const local = [...built.packages.values()].flat();
  const what = `the image ${config.name}`;
  const packages = await solveInstall(config.packages, what, { local, onSeedRoot: false }, context, signal);
  await writeSnapshot(
    outPaths(settings).solution,
    packages.map(({ header, digest }) => ({ package: formatNevra(header), ...digest })),
  );
  const rootfs = await inStage(ports, 'root file system', undefined, async () => {
    const result = await composeRootfs({ config, packages, tools, program }, ports, signal);
    return { result, detail: `${packages.length} packages, ${result.size.entries} files` };
  });
  const disk = config.formats.some(holdsDisk)
    ? await inStage(ports, 'disk', undefined, async () => {
        const result = await writeDisk({ config, rootfs, tools, program }, ports, signal);
        return { result, detail: `${Math.round(result.raw.size / 1048576)} MiB` };
      })
    : undefined;
  const describe = async (artifacts: readonly ListedFile[]) => {
    const bill = await billOf({ config, files, packages, rootfs, disk, tools, built }, context, signal);
    return await imageDocuments(bill, await readManifest(rootfs, ports), artifacts);
  };
  return await inStage(ports, 'images', config.formats.length, async () => {
    const chosen = only.length === 0 ? {} : { only };
    const { imagesDir } = settings;
    const signed = signer === undefined ? {} : { signer };
    const request = { config, rootfs, disk, tools, program, imagesDir, describe, ...chosen, ...signed };
    const result = await emitArtifacts(request, ports, signal);
    const reused = result.filter((artifact) => artifact.reused).length;
    return { result, detail: `${result.length - reused} written, ${reused} unchanged` };
  });
}
