import type { ImageFormat, PartitionFormat } from '../image-format.ts';
import type { Secret } from './secret.ts';

/** How the disk starts. */
export const bootModes = ['uefi', 'bios', 'both', 'none'] as const;
export type BootMode = (typeof bootModes)[number];

/** What the firmware starts: a unified kernel image, or a loader that shows a menu. */
export const bootLoaders = ['uki', 'systemd-boot', 'grub'] as const;
export type BootLoader = (typeof bootLoaders)[number];

export const fileSystems = [
  ...(['ext2', 'ext3', 'ext4', 'vfat', 'fat16', 'fat32', 'xfs', 'btrfs'] as const),
  ...(['erofs', 'squashfs', 'swap'] as const),
] as const;
export type FileSystem = (typeof fileSystems)[number];

/** How fstab names a partition. `uuid` and `label` are the file system's. */
export const mountIdentifiers = ['uuid', 'partuuid', 'partlabel', 'label'] as const;
export type MountIdentifier = (typeof mountIdentifiers)[number];

export const partitionFlags = ['esp', 'boot', 'bios-grub', 'dmroot'] as const;
export type PartitionFlag = (typeof partitionFlags)[number];

/**
 * Type GUIDs by the names that a configuration may use. Source: the Discoverable Partitions Specification;
 * the last three are of LVM, mdadm and plain dm-crypt.
 */
export const partitionTypeNames = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  'bios-boot': '21686148-6449-6e6f-744e-656564454649',
  xbootldr: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  'linux-root-amd64': '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  'linux-root-arm64': 'b921b045-1df0-41c3-af44-4c6f280d3fae',
  'linux-root-verity-amd64': '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
  'linux-usr-amd64': '8484680c-9521-48c6-9c11-b0720656f69e',
  'linux-usr-verity-amd64': '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
  'linux-swap': '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
  'linux-home': '933ac7e1-2eb4-4f13-b844-0e14e2aef915',
  'linux-srv': '3b8f8425-20e0-4f3b-907f-1a25a76f98e8',
  'linux-var': '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
  'linux-tmp': '7ec6f557-3bc5-4aca-b293-16ef5df639d1',
  'linux-luks': 'ca7d7ccb-63ed-4c53-861c-1742536059cc',
  'linux-dm-crypt': '7ffec5c9-2d00-49b7-8941-3ea10a5586b7',
  'linux-lvm': 'e6d6d379-f507-44c2-a23c-238f2a3df928',
  'linux-raid': 'a19d880f-05fc-4d3b-a006-743f0f84911e',
} as const;

/** `auto`: what the content needs and some room. `max`: all that is left. Otherwise bytes. */
export type PartitionSize = 'auto' | 'max' | number;

/** A partition with what is in it and where it is mounted. */
export interface ImagePartition {
  readonly id: string;
  /** GPT label. */
  readonly name: string | undefined;
  /** Type GUID; undefined is chosen by flags, mount point and file system. */
  readonly type: string | undefined;
  readonly flags: readonly PartitionFlag[];
  /** Bytes from the beginning of the disk; undefined comes right after the one before. */
  readonly start: number | undefined;
  readonly size: PartitionSize;
  /** Bytes that one of the size `auto` has as long as its content fits into them. */
  readonly keptSize?: number;
  /** Whether it takes what the disk has more than the image, at first boot. */
  readonly grow: boolean;
  /** Undefined: nothing is made in it. */
  readonly fileSystem: FileSystem | undefined;
  /** File system's label. */
  readonly label: string | undefined;
  readonly mount: string | undefined;
  readonly mountOptions: string | undefined;
  readonly mountBy: MountIdentifier;
  /** Whether what is in it is encrypted, beside an encrypted root. */
  readonly encrypted?: boolean;
  /** Left without documentation. */
  readonly removeDocs: boolean;
  /** Absolute path of an image that it is an overlay of. */
  readonly overlayBase: string | undefined;
  /** Absolute path of an image that it is a difference to. */
  readonly rdiffBase: string | undefined;
  /** What is emitted of this partition alone. */
  readonly artifacts: readonly NamedArtifact<PartitionFormat>[];
}

/** An artifact that is not called as the others of its image. */
export interface NamedArtifact<F extends ImageFormat = ImageFormat> {
  /** What stands before the version in its file name. */
  readonly name: string;
  readonly format: F;
}

export interface DiskEncryption {
  readonly type: 'luks1' | 'luks2';
  /** What opens it; undefined is asked for where it is installed. */
  readonly passphrase: Secret | undefined;
  /** Absolute path of the file that holds it. */
  readonly passphraseFile: string | undefined;
}

/** How the command line names a partition of dm-verity. `uuid` is that of the file system, or of the hash tree. */
export const verityIdentifiers = ['partuuid', 'partlabel', 'uuid'] as const;
export type VerityIdentifier = (typeof verityIdentifiers)[number];

/** A file system that dm-verity checks block by block. */
export interface VerifiedFileSystem {
  readonly errorCorrection: boolean;
  /** Bytes of Reed-Solomon parity in 255. */
  readonly errorCorrectionRoots: number;
  /** Whether the kernel checks a signature of the root hash. */
  readonly signed: boolean;
  readonly onCorruption: 'io-error' | 'ignore' | 'restart' | 'panic';
  /** Whether all is read and checked before it is mounted. */
  readonly validateOnBoot: boolean;
  readonly dataBy: VerityIdentifier;
  readonly hashBy: VerityIdentifier;
}

export interface DiskVerity extends VerifiedFileSystem {
  /** Name of the mapped device. */
  readonly name: string;
  /** Folders that are writable until the next boot. */
  readonly overlays: readonly string[];
  /** As tmpfs takes it. */
  readonly overlaySize: string;
  readonly overlayDebug: boolean;
}

/** Absolute paths of the key and its certificate that EFI programs are signed with. */
export interface SecureBoot {
  readonly key: string;
  readonly certificate: string;
}

/** A file that is copied to a place of the disk as it is. */
export interface RawBinary {
  /** Absolute path. */
  readonly source: string;
  /** Bytes. */
  readonly blockSize: number;
  /** Blocks from the beginning of the disk. */
  readonly seek: number;
}

export interface ImageDisk {
  /** Where one of further disks stands in the configuration: it has no root, and without partitions nothing. */
  readonly place?: string;
  /** Bytes of the whole disk, or what the content needs and some room. */
  readonly size: 'auto' | number;
  readonly boot: BootMode;
  /** Undefined: a UKI under UEFI, GRUB on a BIOS. */
  readonly loader: BootLoader | undefined;
  readonly table: 'gpt' | 'mbr';
  /** Empty: what `boot` needs, and a root that fills the rest. */
  readonly partitions: readonly ImagePartition[];
  readonly encryption: DiskEncryption | undefined;
  /** Of the root. */
  readonly verity: DiskVerity | undefined;
  readonly usrVerity: VerifiedFileSystem | undefined;
  readonly secureBoot: SecureBoot | undefined;
  readonly rawBinaries: readonly RawBinary[];
}

/** A disk beside the one that the machine starts from. */
export interface OtherDisk extends ImageDisk {
  readonly place: string;
  /** What its files are called, before the version. */
  readonly artifactName: string;
  /** In the order of `imageFormats`. */
  readonly formats: readonly ImageFormat[];
  /** What is emitted of it under other names. */
  readonly otherArtifacts: readonly NamedArtifact[];
}
