/** A partition of a GPT disk. */
export interface Partition {
  /** At most 36 UTF-16 code units. */
  readonly name: string;
  /** GUID of what it is for, e.g. `PARTITION_TYPES.esp`. */
  readonly type: string;
  readonly uuid: string;
  /** First sector. */
  readonly startLba: number;
  /** Last sector (not one after it). */
  readonly endLba: number;
  /** The 64 attribute bits of the entry; 0n for none. */
  readonly attributes: bigint;
}

/** Where everything lies on a disk. */
export interface DiskLayout {
  /** Whole disk in bytes, a multiple of `sectorSize`. */
  readonly size: number;
  /** Bytes of a logical sector. */
  readonly sectorSize: 512 | 4096;
  readonly uuid: string;
  /** In the order of their numbers, from 1. */
  readonly partitions: readonly Partition[];
}

/** Number by which systems know the partition of an MBR at an index: five on where there are more than four. */
export function mbrNumber(index: number, count: number): number {
  return count <= MBR_PRIMARY || index < MBR_PRIMARY - 1 ? index + 1 : index + 2;
}

/** How many partitions an MBR has itself; the others are in one of them. */
export const MBR_PRIMARY = 4;

/**
 * Partition type GUIDs. Sources: UEFI 2.10, 5.3.3; the Discoverable Partitions Specification.
 */
export const PARTITION_TYPES = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  rootX8664: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  rootArm64: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
  rootVerityX8664: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
  usrX8664: '8484680c-9521-48c6-9c11-b0720656f69e',
  usrVerityX8664: '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
  xbootldr: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
  swap: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
} as const;

/** Attribute bits of partitions. */
export const PARTITION_ATTRIBUTES = {
  /** The platform needs it (UEFI). */
  required: 1n << 0n,
  /** A BIOS boot program may start it (UEFI). */
  legacyBootable: 1n << 2n,
  /** Discoverable Partitions Specification. */
  growFileSystem: 1n << 59n,
  readOnly: 1n << 60n,
  noAuto: 1n << 63n,
} as const;
