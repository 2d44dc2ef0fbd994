import type { FileHandle } from 'node:fs/promises';
import type { ImageConfig } from '../../domain/image.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { diskPartitions, mbrSignature, mbrType } from '../../domain/image-partitions.ts';
import type { Area, ImageLayout, Volume } from '../../domain/layout.ts';
import { encodeGpt } from '../../formats/gpt/index.ts';
import { encodeMbr } from '../../formats/mbr/index.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';
import type { GrubBiosImages } from './grub-bios.ts';
import { binaryPieces, type PlacedBinary } from './raw-binaries.ts';

const BUFFER = 1 << 20;

/** What makes the bytes of a partition, counted from its own start. */
export type VolumePieces = (volume: Volume) => AsyncIterable<PositionedBytes>;

/** Everything of a disk that is not zeros, ascending: tables, GRUB, the partitions, and raw binaries. `headerOf` gives what a container begins with. */
export async function* diskPieces(
  layout: ImageLayout,
  config: ImageConfig,
  grub: GrubBiosImages | undefined,
  piecesOf: VolumePieces,
  binaries: readonly PlacedBinary[] = [],
  headerOf: (area: Area) => Uint8Array | undefined = () => undefined,
): AsyncGenerator<PositionedBytes> {
  const { bios, verified, containers } = layout;
  const volumes = [...layout.volumes, ...verified.map(({ hashes }) => hashes)];
  const single = tables(layout, config, grub);
  if (grub !== undefined && bios !== undefined) single.push({ offset: bios.offset, bytes: grub.core });
  for (const area of containers) {
    const bytes = headerOf(area);
    if (bytes !== undefined) single.push({ offset: area.offset, bytes });
  }
  const parts = [
    ...single.map((piece) => ({ offset: piece.offset, pieces: () => once(piece) })),
    ...volumes.map((volume) => ({ offset: volume.offset, pieces: () => moved(piecesOf(volume), volume) })),
    ...binaries.map((binary) => ({ offset: binary.offset, pieces: () => binaryPieces(binary) })),
  ].sort((a, b) => a.offset - b.offset);
  for (const { pieces } of parts) yield* pieces();
}

/** A partition out of `work`, a file that is laid out like the disk. */
export async function* areaPieces(
  work: FileHandle,
  { offset, size }: Pick<Area, 'offset' | 'size'>,
): AsyncGenerator<PositionedBytes> {
  for (let at = 0; at < size; at += BUFFER) {
    const length = Math.min(BUFFER, size - at);
    const { buffer, bytesRead } = await work.read(Buffer.allocUnsafe(length), 0, length, offset + at);
    if (bytesRead < length) throw new Error('the disk ends inside a partition');
    yield { offset: at, bytes: buffer };
  }
}

function tables(
  { disk, table, active }: ImageLayout,
  config: ImageConfig,
  grub: GrubBiosImages | undefined,
): PositionedBytes[] {
  const options = grub === undefined ? {} : { bootCode: grub.bootCode };
  if (table === 'gpt') return encodeGpt(disk, options);
  const { size, sectorSize } = disk;
  const partitions = disk.partitions.map(({ name, startLba, endLba }, index) => ({
    ...{ name, startLba, endLba, active: index === active },
    type: mbrType(diskPartitions(config.disk)[index]!),
  }));
  const signature = mbrSignature(imageIdentity(config));
  return encodeMbr({ size, sectorSize, signature, partitions }, options);
}

async function* once(piece: PositionedBytes): AsyncGenerator<PositionedBytes> {
  yield piece;
}

async function* moved(
  pieces: AsyncIterable<PositionedBytes>,
  { offset: start }: Volume,
): AsyncGenerator<PositionedBytes> {
  for await (const { offset, bytes } of pieces) yield { offset: start + offset, bytes };
}
