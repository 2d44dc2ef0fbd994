import { join } from 'node:path';
import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import { usageError } from '../../domain/errors.ts';
import { artifactName, partitionFileNames } from '../../domain/image.ts';
import type { Disk } from '../../domain/image-disk.ts';
import { compressionOf, holdsDisk, type ImageFormat } from '../../domain/image-format.ts';
import { planIso } from './iso.ts';
import type { ArtifactPlan, ArtifactsRequest, DiskArea } from './types.ts';

/** Folder of a configuration's artifacts. */
export function artifactsDir({ config, imagesDir }: Pick<ArtifactsRequest, 'config' | 'imagesDir'>): string {
  return join(imagesDir, config.name);
}

/** What is to be emitted, in the order of formats, each with the key of all that decides its bytes. Pure. */
export function planArtifacts(request: ArtifactsRequest): ArtifactPlan[] {
  return request.config.formats.flatMap((format) =>
    filesOf(format, request).map(({ name, area }) => ({
      format,
      key: actionKey(`artifact ${format}/1`, {
        ...{ program: request.program.key, ...partsOf(format, request) },
        area: area === undefined ? undefined : [area.offset, area.size],
      }),
      path: join(artifactsDir(request), name),
      area,
    })),
  );
}

/** Most formats are one file of the whole disk or tree. */
function filesOf(
  format: ImageFormat,
  { config, disk }: ArtifactsRequest,
): { readonly name: string; readonly area: DiskArea | undefined }[] {
  const whole = compressionOf(format);
  const name = artifactName(config, format);
  const base = whole?.of ?? format;
  if (base === 'ext4') {
    const { offset, size, partition } = diskOf(format, disk).layout.root;
    if (partition.fileSystem !== 'ext4') {
      throw usageError('IMAGE_FORMAT', `${config.name}: the root is ${partition.fileSystem}, not ext4`, {
        hint: "Leave the format ext4 out; 'partitions' gives each partition as a file.",
      });
    }
    return [{ name, area: { offset, size } }];
  }
  if (base !== 'partitions') return [{ name, area: undefined }];
  const { sectorSize, partitions } = diskOf(format, disk).layout.disk;
  const names = partitionFileNames(config, partitions);
  return partitions.map(({ startLba, endLba }, index) => ({
    name: whole === undefined ? names[index]! : `${names[index]}.${whole.compression}`,
    area: { offset: startLba * sectorSize, size: (endLba + 1 - startLba) * sectorSize },
  }));
}

function diskOf(format: ImageFormat, disk: Disk | undefined): Disk {
  if (disk === undefined) throw new Error(`${format} is asked for and there is no disk`);
  return disk;
}

function partsOf(format: ImageFormat, request: ArtifactsRequest): { readonly [name: string]: KeyPart } {
  const { config, rootfs, disk, tools } = request;
  // What Node alone makes does not depend on the tools root.
  const usesTools =
    compressionOf(format)?.compression === 'xz' || format === 'squashfs' || format === 'erofs';
  const { name, version } = config;
  const common = { ...(usesTools ? { tools: tools.key } : {}), epoch: rootfs.epoch, name, version };
  if (holdsDisk(format)) return { ...common, raw: diskOf(format, disk).raw.sha256 };
  if (format === 'kernel') return { kernel: rootfs.kernel?.image.sha256 };
  if (format !== 'iso') return { ...common, tar: rootfs.tar.sha256, top: { ...rootfs.top } };
  const { inputs, ...iso } = planIso(request);
  return {
    tools: tools.key,
    ...(iso as unknown as { readonly [name: string]: KeyPart }),
    inputs: inputs.map(({ name, digest }) => [name, digest.sha256]),
  };
}
