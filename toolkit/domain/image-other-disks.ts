import type { ImageConfig } from './image.ts';
import type { ImageDisk } from './image-config/disk.ts';
import { type ImageIdentity, imageIdentity } from './image-identity.ts';
import { diskPartitions } from './image-partitions.ts';

/**
 * Each further disk of an image as an image by itself, which nothing starts: what writes disks and emits them takes it
 * so. Its UUIDs are others than those of the first disk, for the same roles.
 */
export function otherDiskConfigs(config: ImageConfig): readonly ImageConfig[] {
  const { keptUuids: _, ...rest } = config;
  return config.otherDisks.map((disk, index): ImageConfig => {
    const { artifactName, formats, otherArtifacts } = disk;
    const uuidSeed = [...(config.uuidSeed === undefined ? [] : [config.uuidSeed]), `disk ${index + 2}`].join(
      '\n',
    );
    return { ...rest, uuidSeed, disk, artifactName, formats, otherArtifacts, otherDisks: [] };
  });
}

/** A disk with what its UUIDs come from. */
export interface IdentifiedDisk {
  readonly disk: ImageDisk;
  readonly identity: ImageIdentity;
}

/** All disks of an image, the one that it starts from first. */
export function allDisks(config: ImageConfig): readonly IdentifiedDisk[] {
  return [config, ...otherDiskConfigs(config)].map((one) => ({
    disk: one.disk,
    identity: imageIdentity(one),
  }));
}

/** Mount points of what is on a disk. */
export function mountPoints(disk: ImageDisk): readonly string[] {
  return diskPartitions(disk).flatMap(({ mount }) => (mount === undefined ? [] : [mount]));
}
