/** The disk, laid out from its extents before a byte of it is read. */
const plannedFormats = [
  ...(['raw', 'vhd', 'vhd-dynamic', 'vhdx', 'vhdx-fixed', 'qcow2'] as const),
  ...(['vmdk', 'vdi'] as const),
] as const;
export type PlannedFormat = (typeof plannedFormats)[number];

/** The disk, compressed inside of its format. */
const packedFormats = ['qcow2-zstd', 'vmdk-stream', 'ova'] as const;
export type PackedFormat = (typeof packedFormats)[number];

/** The root file system, without a disk around it. */
const treeFormats = ['tar.gz', 'iso'] as const;

/** What a user may ask to be emitted; artifacts are listed in this order. */
export const imageFormats = [...plannedFormats, ...packedFormats, ...treeFormats] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** What is emitted where a configuration does not say. */
export const defaultFormats: readonly ImageFormat[] = ['raw', 'vhd', 'vhdx', 'qcow2', 'tar.gz', 'iso'];

/** Whether a format is laid out from the disk's extents. */
export function isPlanned(format: ImageFormat): format is PlannedFormat {
  return plannedFormats.some((planned) => planned === format);
}

/** Whether a format holds the partitioned disk. */
export function holdsDisk(format: ImageFormat): boolean {
  return !treeFormats.some((tree) => tree === format);
}

/** Whether a format is of no use without a kernel. */
export function wantsKernel(format: ImageFormat): boolean {
  return !format.startsWith('tar.');
}

/**
 * End of an artifact's name. A variant comes before the ending that other programs know a format by:
 * `vmdk-stream` gives `-stream.vmdk`, `raw` gives `.raw`.
 */
export function fileEnding(format: ImageFormat): string {
  const [, family, variant, rest] = /^([a-z0-9]+)(?:-([a-z]+))?(.*)$/.exec(format) ?? [];
  return `${variant === undefined ? '' : `-${variant}`}.${family}${rest}`;
}
