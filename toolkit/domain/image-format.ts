/** How a disk or an archive may be compressed as a whole; also the end of its name. */
const compressions = ['gz', 'xz', 'zst'] as const;
export type Compression = (typeof compressions)[number];

/** The disk or parts of it, laid out from its extents before a byte is read. */
const plannedFormats = [
  ...(['raw', 'vhd', 'vhd-dynamic', 'vhdx', 'vhdx-fixed', 'qcow2'] as const),
  ...(['vmdk', 'vdi', 'ext4', 'partitions'] as const),
] as const;
export type PlannedFormat = (typeof plannedFormats)[number];

/** The disk, compressed inside of its format. */
const packedFormats = ['qcow2-zstd', 'vmdk-stream', 'ova'] as const;
export type PackedFormat = (typeof packedFormats)[number];

/** The root file system, without a disk around it. */
const treeFormats = [
  ...(['tar.gz', 'tar.xz', 'tar.zst', 'squashfs', 'erofs'] as const),
  ...(['oci', 'oci-zstd', 'kernel', 'iso'] as const),
] as const;

const compressedFormats = plannedFormats.flatMap((format) =>
  compressions.map((compression) => `${format}.${compression}` as const),
);

/** What a user may ask to be emitted; artifacts are listed in this order. */
export const imageFormats = [
  ...plannedFormats,
  ...packedFormats,
  ...treeFormats,
  ...compressedFormats,
] as const;
export type ImageFormat = (typeof imageFormats)[number];

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

/** What a format is before it is compressed as a whole; undefined where it is not. */
export function compressionOf(
  format: ImageFormat,
): { readonly of: PlannedFormat | 'tar'; readonly compression: Compression } | undefined {
  for (const compression of compressions) {
    const of = ([...plannedFormats, 'tar'] as const).find((name) => `${name}.${compression}` === format);
    if (of !== undefined) return { of, compression };
  }
  return undefined;
}

/** Whether a format is made from the partitioned disk. */
export function holdsDisk(format: ImageFormat): boolean {
  return !treeFormats.some((tree) => tree === format);
}

/** Whether a format is of no use without a kernel. */
export function wantsKernel(format: ImageFormat): boolean {
  return holdsDisk(format) || format === 'iso' || format === 'kernel';
}

/**
 * End of an artifact's name. A variant comes before the ending that other programs know a format by:
 * `vmdk-stream` gives `-stream.vmdk`, `raw` gives `.raw`; an OCI layout is a tar.
 * `partitions` is several files, each with its partition's name before `.raw`.
 */
export function fileEnding(format: ImageFormat): string {
  const [, family, variant, rest] = /^([a-z0-9]+)(?:-([a-z]+))?(.*)$/.exec(format) ?? [];
  const ending = { oci: 'oci.tar', kernel: 'vmlinuz' }[family ?? ''] ?? `${family}${rest}`;
  return `${variant === undefined ? '' : `-${variant}`}.${ending}`;
}
