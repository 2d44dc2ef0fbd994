import { basename, join } from 'node:path';
import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import { usageError } from '../../domain/errors.ts';
import { artifactName, partitionFileNames } from '../../domain/image.ts';
import type { NamedArtifact } from '../../domain/image-config/disk.ts';
import type { Disk } from '../../domain/image-disk.ts';
import { compressionOf, holdsDisk, type ImageFormat, plainOf } from '../../domain/image-format.ts';
import { rootOf } from '../../domain/layout.ts';
import { partitionNames } from '../../domain/live-mounts.ts';
import { planIso } from './iso.ts';
import { planPxe, pxeFiles } from './pxe.ts';
import type { ArtifactPlan, ArtifactsRequest } from './types.ts';

/** Folder of a configuration's artifacts. */
export function artifactsDir({ config, imagesDir }: Pick<ArtifactsRequest, 'config' | 'imagesDir'>): string {
  return join(imagesDir, config.name);
}

/** What is emitted of each disk of an image by itself, the one that it starts from first. */
export function diskRequests({ others = [], ...first }: ArtifactsRequest): ArtifactsRequest[] {
  return [first, ...others.map((other) => ({ ...first, ...other }))];
}

/**
 * What is to be emitted of each disk, in the order of formats, then what has another name, each with the key of all that
 * decides its bytes. Pure. Throws `IMAGE_FORMAT` for what the disk has not, and for two files of one name.
 */
export function planArtifacts(request: ArtifactsRequest): ArtifactPlan[] {
  const plans = diskRequests(request).flatMap((one, index) => planDiskArtifacts(one, index + 1));
  const { config } = request;
  const names = plans.map(({ path }) => basename(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw usageError('IMAGE_FORMAT', `${config.name}: two artifacts would be called ${twice}`, {
      hint: 'Give one of them another name.',
    });
  }
  return plans;
}

function planDiskArtifacts(request: ArtifactsRequest, ofDisk: number): ArtifactPlan[] {
  const { artifactName: usual, formats, otherArtifacts } = request.config;
  const wanted = [...formats.map((format) => ({ name: usual, format })), ...otherArtifacts];
  const files = [...wanted.flatMap((artifact) => filesOf(artifact, request)), ...filesOfPartitions(request)];
  return files.map(({ format, name, area, part, base }) => ({
    ...{
      format,
      ofDisk,
      area,
      ...(part === undefined ? {} : { part }),
      ...(base === undefined ? {} : { base }),
    },
    ...(plainOf(format) === 'iso' && request.installer?.passphrase !== undefined ? { isSecret: true } : {}),
    key: actionKey(`artifact ${format}/1`, {
      ...{ program: request.program.key, ...partsOf(format, request), name, part },
      area: area === undefined ? undefined : [area.offset, area.size],
      base: base === undefined ? undefined : request.bases?.get(base)?.sha256,
    }),
    path: join(artifactsDir(request), name),
  }));
}

interface PlannedFile extends Pick<ArtifactPlan, 'format' | 'area' | 'part' | 'base'> {
  readonly name: string;
}

/** Most formats are one file of the whole disk or tree. */
function filesOf(artifact: NamedArtifact, { config: own, disk }: ArtifactsRequest): PlannedFile[] {
  const { format } = artifact;
  const config = { name: own.name, version: own.version, artifactName: artifact.name };
  const whole = compressionOf(format);
  const name = artifactName(config, format);
  const base = plainOf(format);
  if (base === 'pxe') return pxeFiles(config).map((file) => ({ ...file, format, area: undefined }));
  if (base === 'ext4') {
    const { offset, size, partition } = rootOf(diskOf(format, disk).layout);
    if (partition.fileSystem !== 'ext4') {
      throw usageError('IMAGE_FORMAT', `${config.name}: the root is ${partition.fileSystem}, not ext4`, {
        hint: "Leave the format ext4 out; 'partitions' gives each partition as a file.",
      });
    }
    return [{ format, name, area: { offset, size } }];
  }
  if (base !== 'partitions') return [{ format, name, area: undefined }];
  const { sectorSize, partitions } = diskOf(format, disk).layout.disk;
  const names = partitionFileNames(config, partitions);
  return partitions.map(({ startLba, endLba }, index) => ({
    format,
    name:
      whole === undefined
        ? names[index]!
        : `${names[index]}.${whole.inTar ? 'tar.' : ''}${whole.compression}`,
    area: { offset: startLba * sectorSize, size: (endLba + 1 - startLba) * sectorSize },
  }));
}

/** What is emitted of single partitions. */
function filesOfPartitions({ config, disk }: ArtifactsRequest): PlannedFile[] {
  return config.disk.partitions.flatMap(({ id, fileSystem, rdiffBase, overlayBase, artifacts }, index) =>
    artifacts.map(({ name, format }) => {
      const { sectorSize, partitions } = diskOf(format, disk).layout.disk;
      if (plainOf(format) === 'ext4' && fileSystem !== 'ext4') {
        throw usageError(
          'IMAGE_FORMAT',
          `${config.name}: the partition '${id}' is ${fileSystem ?? 'empty'}, not ext4`,
          { hint: "'raw' gives a partition as it is." },
        );
      }
      const { startLba, endLba } = partitions[index]!;
      return {
        format,
        name: artifactName({ artifactName: name, version: config.version }, format),
        ...(plainOf(format) === 'rdiff' && rdiffBase !== undefined ? { base: rdiffBase } : {}),
        ...(plainOf(format) === 'diff' && overlayBase !== undefined ? { base: overlayBase } : {}),
        area: { offset: startLba * sectorSize, size: (endLba + 1 - startLba) * sectorSize },
      };
    }),
  );
}

function diskOf(format: ImageFormat, disk: Disk | undefined): Disk {
  if (disk === undefined) throw new Error(`${format} is asked for and there is no disk`);
  return disk;
}

function partsOf(format: ImageFormat, request: ArtifactsRequest): { readonly [name: string]: KeyPart } {
  const { config, rootfs, disk, tools, installer } = request;
  // What Node alone makes does not depend on the tools root.
  const plain = plainOf(format);
  const usesTools =
    compressionOf(format)?.compression === 'xz' ||
    format === 'initrd.zst' ||
    ['squashfs', 'erofs', 'iso', 'pxe', 'pxe.tar'].includes(plain);
  const { name: image, version } = config;
  const common = { ...(usesTools ? { tools: tools.key } : {}), epoch: rootfs.epoch, image, version };
  if (holdsDisk(format)) return { ...common, raw: diskOf(format, disk).raw.sha256 };
  if (plain === 'kernel') return { ...common, kernel: rootfs.kernel?.image.sha256 };
  if (plain !== 'iso' && plain !== 'pxe' && plain !== 'pxe.tar')
    return {
      ...{ ...common, manifest: rootfs.manifest.sha256, top: { ...rootfs.top } },
      ...(plain === 'initrd' ? { hidden: partitionNames(config).map((names) => ({ ...names })) } : {}),
    };
  const { inputs, ...medium } = plain === 'iso' ? planIso(request) : planPxe(request);
  return {
    ...common,
    ...(medium as unknown as { readonly [name: string]: KeyPart }),
    manifest: rootfs.manifest.sha256,
    ...(plain === 'iso' && installer !== undefined
      ? {
          live: installer.live.manifest.sha256,
          systems: installer.systems.map((system) => system.rootfs.manifest.sha256),
        }
      : {}),
    ...(plain === 'pxe.tar'
      ? { files: (request.mediumFiles ?? []).map(({ path, digest }) => [path, digest.sha256]) }
      : {}),
    inputs: inputs.map(({ name, digest }) => [name, digest.sha256]),
  };
}
