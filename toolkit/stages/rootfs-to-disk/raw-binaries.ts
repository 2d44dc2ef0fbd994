import { open } from 'node:fs/promises';
import type { FileDigest } from '../../domain/digest.ts';
import { MBR_PRIMARY } from '../../domain/disk.ts';
import { usageError } from '../../domain/errors.ts';
import type { RawBinary } from '../../domain/image-config/disk.ts';
import { isBiosBoot, isVerityHash } from '../../domain/image-partitions.ts';
import type { ImageLayout } from '../../domain/layout.ts';
import type { Ports } from '../../domain/ports.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';

const BUFFER = 1 << 20;
const MIB = 1024 ** 2;

/** A file of `disk.rawBinaries` with what is in it. */
export interface ReadBinary extends RawBinary {
  readonly digest: FileDigest;
}

/** A file that lies on the disk as it is; in bytes. */
export interface PlacedBinary {
  readonly source: string;
  readonly offset: number;
  readonly digest: FileDigest;
}

/** Looks what is in the files of `disk.rawBinaries`. */
export async function readBinaries(
  binaries: readonly RawBinary[],
  { digests }: Pick<Ports, 'digests'>,
): Promise<ReadBinary[]> {
  const read: ReadBinary[] = [];
  for (const binary of binaries) read.push({ ...binary, digest: await digests.digest(binary.source) });
  return read;
}

interface Taken {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Where files lie on a disk. Throws `IMAGE_RAW_BINARY` for one that would overwrite a table, a boot program, a file
 * system or another file, or that reaches beyond the disk.
 */
export function placeBinaries(
  name: string,
  layout: ImageLayout,
  partitions: Parameters<typeof takenBy>[1],
  binaries: readonly ReadBinary[],
): PlacedBinary[] {
  const taken = takenBy(layout, partitions);
  return binaries.map(({ source, blockSize, seek, digest }): PlacedBinary => {
    const offset = blockSize * seek;
    const end = offset + digest.size;
    const found = taken.find((one) => offset < one.end && end > one.start);
    const what = found?.what ?? (end > layout.disk.size ? 'the end of the disk' : undefined);
    if (what !== undefined) {
      throw usageError(
        'IMAGE_RAW_BINARY',
        `${name}: ${source}, bytes ${offset} to ${end} of the disk, would lie over ${what}`,
        {
          hint:
            found === undefined
              ? 'Set disk.size, so that it has room.'
              : 'Change its seek, or give partitions another start.',
        },
      );
    }
    taken.push({ what: source, start: offset, end });
    return { source, offset, digest };
  });
}

/** What of a disk is written by us. A partition with nothing in it may get a file. */
function takenBy(
  { disk, table, bios }: ImageLayout,
  partitions: readonly Parameters<typeof isBiosBoot>[0][],
): Taken[] {
  const { size, sectorSize } = disk;
  const isGpt = table === 'gpt';
  const tables = [
    { what: 'the partition table', start: 0, end: (isGpt ? 34 : 1) * sectorSize },
    ...(isGpt ? [{ what: 'the second partition table', start: size - 33 * sectorSize, end: size }] : []),
    ...(bios === undefined ? [] : [{ what: 'GRUB', start: bios.offset, end: bios.offset + bios.size }]),
  ];
  const areas = partitions.flatMap((partition, index): Taken[] => {
    const { startLba, endLba } = disk.partitions[index]!;
    const isLogical = !isGpt && partitions.length > MBR_PRIMARY && index >= MBR_PRIMARY - 1;
    const start = startLba * sectorSize;
    const linked = isLogical ? [{ what: 'a link of the MBR', start: start - MIB, end: start }] : [];
    const isEmpty = partition.fileSystem === undefined && !isBiosBoot(partition) && !isVerityHash(partition);
    if (isEmpty) return linked;
    return [...linked, { what: `the partition '${partition.id}'`, start, end: (endLba + 1) * sectorSize }];
  });
  return [...tables, ...areas];
}

/** The bytes of a file, counted from the beginning of the disk. */
export async function* binaryPieces({
  source,
  offset,
  digest: { size },
}: PlacedBinary): AsyncGenerator<PositionedBytes> {
  await using file = await open(source);
  for (let at = 0; at < size; at += BUFFER) {
    const length = Math.min(BUFFER, size - at);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead < length) throw new Error(`${source} was cut off while it was read`);
    yield { offset: offset + at, bytes: buffer };
  }
}
