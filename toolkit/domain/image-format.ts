/** How a disk or an archive may be compressed as a whole; also the end of its name. */
const compressions = ['gz', 'xz', 'zst'] as const;
export type Compression = (typeof compressions)[number];

/** What may come after a format: a compression, or a compressed tar with the file in it. */
const packings = [...compressions, 'tar.gz', 'tar.xz', 'tar.zst'] as const;

/** The disk or parts of it, laid out from its extents before a byte is read. */
const plannedFormats = [
  ...(['raw', 'vhd', 'vhd-dynamic', 'vhdx', 'vhdx-fixed', 'qcow2'] as const),
  ...(['vmdk', 'vdi', 'ext4', 'partitions'] as const),
] as const;
export type PlannedFormat = (typeof plannedFormats)[number];

/** The disk, compressed inside of its format. */
const packedFormats = ['qcow2-zstd', 'vmdk-stream', 'ova'] as const;
export type PackedFormat = (typeof packedFormats)[number];

/** Parts of the disk in an archive. */
const partFormats = ['efi.tar'] as const;

/** The root file system as one file, without a disk around it. */
const fileFormats = [
  ...(['squashfs', 'erofs', 'oci', 'oci-zstd'] as const),
  ...(['kernel', 'initrd', 'iso', 'pxe.tar'] as const),
] as const;

/** What is one file, or several of one kind. */
const plainFormats = [...plannedFormats, ...packedFormats, ...partFormats, ...fileFormats] as const;
/** What there is of one partition alone, beside what there is of a disk. */
const ofPartition = ['rdiff', 'diff'] as const;
export type PlainFormat = (typeof plainFormats)[number] | (typeof ofPartition)[number];

const treeFormats = ['tar.gz', 'tar.xz', 'tar.zst', ...fileFormats, 'pxe'] as const;

const wrappedFormats = plainFormats.flatMap((format) =>
  // It is a tar already.
  (format === 'pxe.tar' || format === 'efi.tar' ? compressions : packings).map(
    (packing) => `${format}.${packing}` as const,
  ),
);

/** What a user may ask to be emitted; artifacts are listed in this order. */
export const imageFormats = [
  ...plannedFormats,
  ...packedFormats,
  ...partFormats,
  ...treeFormats,
  ...wrappedFormats,
] as const;
export type ImageFormat = (typeof imageFormats)[number] | PartitionFormat;

/**
 * What may be emitted of one partition: its bytes, or how they (`rdiff`) or its files (`diff`) differ from those of
 * another one. `ext4` says what has to be in it.
 */
export const partitionFormats = (['raw', 'ext4', ...ofPartition] as const).flatMap((format) => [
  format,
  ...packings.map((packing) => `${format}.${packing}` as const),
]);
export type PartitionFormat = (typeof partitionFormats)[number];

/** All that an artifact may be. */
export const artifactFormats = [...new Set([...imageFormats, ...partitionFormats])];

/** What may be emitted of a disk that nothing starts: all of it, or its partitions. */
export const otherDiskFormats = imageFormats.filter(
  (format) => holdsDisk(format) && !['ext4', 'efi.tar', 'ova'].includes(plainOf(format)),
);

/** What is emitted where a configuration does not say. */
export const defaultFormats: readonly ImageFormat[] = ['raw', 'vhd', 'vhdx', 'qcow2', 'tar.gz', 'iso'];

/** Whether a format is laid out from the disk's extents. */
export function isPlanned(format: ImageFormat): format is PlannedFormat {
  return plannedFormats.some((planned) => planned === format);
}

/** Whether a format compresses the disk inside of itself. */
export function isPacked(format: ImageFormat): format is PackedFormat {
  return packedFormats.some((packed) => packed === format);
}

/** A format that is compressed as a whole. */
export interface Wrapped {
  /** What is compressed; `tar`: the root file system. */
  readonly of: PlainFormat | 'tar';
  readonly compression: Compression;
  /** Whether it lies in a tar of its own. */
  readonly inTar: boolean;
}

/** What a format is before it is compressed as a whole; undefined where it is not. */
export function compressionOf(format: ImageFormat): Wrapped | undefined {
  for (const compression of compressions) {
    if (format === `tar.${compression}`) return { of: 'tar', compression, inTar: false };
    for (const of of [...plainFormats, ...ofPartition] as const) {
      if (format === `${of}.${compression}`) return { of, compression, inTar: false };
      if (format === `${of}.tar.${compression}`) return { of, compression, inTar: true };
    }
  }
  return undefined;
}

/** What a format is of, however it is wrapped. */
export function plainOf(format: ImageFormat): ImageFormat | 'tar' {
  return compressionOf(format)?.of ?? format;
}

/** Whether a format is made from the partitioned disk. */
export function holdsDisk(format: ImageFormat): boolean {
  const plain = plainOf(format);
  return plain !== 'tar' && !treeFormats.some((tree) => tree === plain);
}

/** Whether a format has files of the user beside the system. */
export function holdsMediumFiles(format: ImageFormat): boolean {
  const plain = plainOf(format);
  return plain === 'iso' || plain === 'pxe.tar';
}

/** Whether a format is of no use without a kernel. */
export function wantsKernel(format: ImageFormat): boolean {
  const plain = plainOf(format);
  return holdsDisk(format) || ['iso', 'kernel', 'pxe', 'pxe.tar'].includes(plain);
}

/**
 * End of an artifact's name. A variant comes before the ending that other programs know a format by:
 * `vmdk-stream` gives `-stream.vmdk`, `raw` gives `.raw`; an OCI layout is a tar.
 * `partitions` is several files, each with its partition's name before `.raw`; `pxe` ends as `pxeNames` says.
 */
export function fileEnding(format: ImageFormat): string {
  const [, family, variant, rest] = /^([a-z0-9]+)(?:-([a-z]+))?(.*)$/.exec(format) ?? [];
  const known = { oci: 'oci.tar', kernel: 'vmlinuz', initrd: rest === '' ? 'initrd.img' : 'initrd' };
  const ending = Object.entries(known).find(([name]) => name === family)?.[1] ?? family;
  return `${variant === undefined ? '' : `-${variant}`}.${ending}${rest}`;
}
