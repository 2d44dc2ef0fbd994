import { MBR_PRIMARY } from '../domain/disk.ts';
import {
  type ImageDisk,
  type ImagePartition,
  type NamedArtifact,
  type OtherDisk,
  partitionTypeNames,
  type VerifiedFileSystem,
} from '../domain/image-config/disk.ts';
import type { Secret } from '../domain/image-config/secret.ts';
import { type ImageFormat, otherDiskFormats, partitionFormats } from '../domain/image-format.ts';
import { roundUp } from '../domain/round.ts';
import type { PathAt } from './image-complete.ts';
import { bytesOf } from './image-form/words.ts';
import type { ImageSource } from './image-schema.ts';

type DiskSource = NonNullable<ImageSource['disk']>;
type OtherDiskSource = NonNullable<ImageSource['otherDisks']>[number];
type PartitionSource = NonNullable<DiskSource['partitions']>[number];

const MIB = 1024 ** 2;

/** A disk with every default filled in. `at` is where it stands. */
export function completeDisk(
  source: DiskSource,
  at: readonly PropertyKey[],
  pathAt: PathAt,
  passphrase: Secret | undefined,
): ImageDisk {
  const file = (written: string | undefined, ...path: readonly PropertyKey[]): string | undefined =>
    written === undefined ? undefined : pathAt([...at, ...path], written);
  const { encryption, secureBoot } = source;
  return {
    ...completeAny(source, at, pathAt),
    boot: source.boot ?? 'both',
    loader: source.loader,
    encryption:
      encryption === undefined
        ? undefined
        : {
            type: encryption.type ?? 'luks2',
            passphrase,
            passphraseFile: file(encryption.passphraseFile, 'encryption', 'passphraseFile'),
          },
    verity: completeVerity(source.verity),
    usrVerity: source.usrVerity && completeVerified(source.usrVerity),
    secureBoot:
      secureBoot === undefined
        ? undefined
        : {
            key: pathAt([...at, 'secureBoot', 'key'], secureBoot.key),
            certificate: pathAt([...at, 'secureBoot', 'certificate'], secureBoot.certificate),
          },
  };
}

/** One of `otherDisks`; what does not say is called after the image, and emitted as it is. */
export function completeOtherDisk(
  source: OtherDiskSource,
  index: number,
  pathAt: PathAt,
  image: Pick<OtherDisk, 'artifactName' | 'formats'>,
): OtherDisk {
  const wanted: readonly string[] = source.formats ?? image.formats;
  return {
    ...completeAny(source, ['otherDisks', index], pathAt),
    place: `otherDisks.${index}`,
    ...{ boot: 'none', loader: undefined, encryption: undefined, secureBoot: undefined },
    ...{ verity: undefined, usrVerity: undefined },
    artifactName: source.name ?? `${image.artifactName}-disk${index + 2}`,
    formats: otherDiskFormats.filter((format) => wanted.includes(format)),
    otherArtifacts: madeArtifacts(source.otherArtifacts ?? [], otherDiskFormats),
  };
}

/** What any disk has. */
function completeAny(
  source: OtherDiskSource,
  at: readonly PropertyKey[],
  pathAt: PathAt,
): Pick<ImageDisk, 'size' | 'table' | 'partitions' | 'rawBinaries'> {
  const size = source.size ?? 'auto';
  const starts = knownStarts(source);
  return {
    size: size === 'auto' ? 'auto' : bytesOf(size),
    table: source.table ?? 'gpt',
    partitions: (source.partitions ?? []).map((partition, index) =>
      completePartition(partition, starts[index], (written, key) =>
        written === undefined ? undefined : pathAt([...at, 'partitions', index, key], written),
      ),
    ),
    rawBinaries: (source.rawBinaries ?? []).map((binary, index) => ({
      source: pathAt([...at, 'rawBinaries', index, 'source'], binary.source),
      blockSize: binary.blockSize ?? 512,
      seek: binary.seek ?? 0,
    })),
  };
}

/**
 * Where each partition begins, in bytes, as far as the configuration alone tells: where it says, or behind one whose end
 * is known, on the next MiB. The tables of logical partitions are left to the layout.
 */
export function knownStarts({ partitions = [], table = 'gpt' }: OtherDiskSource): (number | undefined)[] {
  const starts: (number | undefined)[] = [];
  let free: number | undefined = MIB;
  for (const [index, { start, end, size }] of partitions.entries()) {
    const isLogical = table === 'mbr' && index >= MBR_PRIMARY - 1;
    const begins: number | undefined =
      start !== undefined ? bytesOf(start) : isLogical || free === undefined ? undefined : roundUp(free, MIB);
    starts.push(begins);
    free = knownEnd({ end, size }, begins);
  }
  return starts;
}

/** Where a partition that begins at `start` ends, in bytes; undefined where the configuration alone does not tell. */
export function knownEnd(
  { end, size }: Pick<PartitionSource, 'end' | 'size'>,
  start: number | undefined,
): number | undefined {
  if (end !== undefined) return bytesOf(end);
  const isFixed = size !== undefined && size !== 'auto' && size !== 'max';
  return isFixed && start !== undefined ? start + bytesOf(size) : undefined;
}

function completePartition(
  partition: PartitionSource,
  knownStart: number | undefined,
  file: (written: string | undefined, key: string) => string | undefined,
): ImagePartition {
  const start = partition.start === undefined ? undefined : bytesOf(partition.start);
  const { type } = partition;
  const named = Object.entries(partitionTypeNames).find(([name]) => name === type);
  return {
    id: partition.id,
    name: partition.name,
    type: named?.[1] ?? type?.toLowerCase(),
    flags: partition.flags ?? [],
    start,
    size: partitionSize(partition, knownStart),
    grow: partition.grow ?? false,
    fileSystem: partition.fileSystem,
    label: partition.label,
    mount: partition.mount,
    mountOptions: partition.mountOptions,
    // busybox finds no partition by its UUID. A squashfs has none of its own.
    mountBy: partition.mountBy ?? (partition.fileSystem === 'squashfs' ? 'partuuid' : 'uuid'),
    ...(partition.encrypted === true ? { encrypted: true } : {}),
    removeDocs: partition.removeDocs ?? false,
    overlayBase: file(partition.overlayBase, 'overlayBase'),
    rdiffBase: file(partition.rdiffBase, 'rdiffBase'),
    artifacts: madeArtifacts(partition.artifacts ?? [], partitionFormats),
  };
}

/** Those of a format that is made; others are refused by name. */
export function madeArtifacts<F extends ImageFormat>(
  artifacts: readonly { readonly name: string; readonly format: string }[],
  formats: readonly F[],
): NamedArtifact<F>[] {
  return artifacts.flatMap(({ name, format }) => {
    const known = formats.find((one) => one === format);
    return known === undefined ? [] : [{ name, format: known }];
  });
}

function partitionSize(partition: PartitionSource, start = 0): ImagePartition['size'] {
  const end = knownEnd(partition, start);
  if (end !== undefined) return end - start;
  return partition.size === 'max' ? 'max' : 'auto';
}

function completeVerity(source: DiskSource['verity']): ImageDisk['verity'] {
  if (source === undefined) return undefined;
  return {
    ...completeVerified(source),
    name: source.name ?? 'root',
    overlays: source.overlays ?? [],
    overlaySize: source.overlaySize ?? '20%',
    overlayDebug: source.overlayDebug ?? false,
  };
}

function completeVerified(source: NonNullable<DiskSource['usrVerity']>): VerifiedFileSystem {
  return {
    errorCorrection: source.errorCorrection ?? false,
    errorCorrectionRoots: source.errorCorrectionRoots ?? 2,
    signed: source.signed ?? false,
    onCorruption: source.onCorruption ?? 'io-error',
    validateOnBoot: source.validateOnBoot ?? false,
    dataBy: source.dataBy ?? 'partuuid',
    hashBy: source.hashBy ?? 'partuuid',
  };
}
