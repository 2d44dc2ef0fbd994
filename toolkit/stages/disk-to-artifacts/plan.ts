import { join } from 'node:path';
import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import { artifactName } from '../../domain/image.ts';
import { compressionOf, holdsDisk, type ImageFormat } from '../../domain/image-format.ts';
import { planIso } from './iso.ts';
import type { ArtifactPlan, ArtifactsRequest } from './types.ts';

/** Folder of a configuration's artifacts. */
export function artifactsDir({ config, imagesDir }: Pick<ArtifactsRequest, 'config' | 'imagesDir'>): string {
  return join(imagesDir, config.name);
}

/** What is to be emitted, in the order of formats, each with the key of all that decides its bytes. Pure. */
export function planArtifacts(request: ArtifactsRequest): ArtifactPlan[] {
  const { config } = request;
  return config.formats.map((format) => ({
    format,
    key: actionKey(`artifact ${format}/1`, { program: request.program.key, ...partsOf(format, request) }),
    path: join(artifactsDir(request), artifactName(config, format)),
  }));
}

function partsOf(format: ImageFormat, request: ArtifactsRequest): { readonly [name: string]: KeyPart } {
  const { config, rootfs, disk, tools } = request;
  // Only xz is the tools root's; the other writers are our own.
  const xz = compressionOf(format)?.compression === 'xz' ? { tools: tools.key } : {};
  if (holdsDisk(format)) {
    if (disk === undefined) throw new Error(`${format} is asked for and there is no disk`);
    const { name, version } = config;
    return { ...xz, raw: disk.raw.sha256, epoch: rootfs.epoch, name, version };
  }
  if (format !== 'iso') return { ...xz, tar: rootfs.tar.sha256 };
  const { inputs, ...iso } = planIso(request);
  return {
    tools: tools.key,
    ...(iso as unknown as { readonly [name: string]: KeyPart }),
    inputs: inputs.map(({ name, digest }) => [name, digest.sha256]),
  };
}
