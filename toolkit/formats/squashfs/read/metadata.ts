import { Kept } from '../../kept.ts';
import { damaged } from './errors.ts';
import type { Volume } from './volume.ts';

/** Of what is unpacked. */
const BLOCK = 8192;
const PLAIN = 0x8000;
/** Blocks that are kept as they are when unpacked. */
const KEPT = 256;

/** Inodes, names and the like: a chain of small blocks, each packed by itself. */
export interface Metadata {
  /** Reads from `offset` bytes into the unpacked block at `place` on. */
  at(place: number, offset: number): MetadataCursor;
  /** `count` items of `size` bytes, whose blocks are listed at a place. */
  table(place: number, count: number, size: number): Promise<Buffer>;
}

export interface MetadataCursor {
  /** The next `length` bytes. Throws `SQUASHFS_DAMAGED`. */
  take(length: number): Promise<Buffer>;
}

interface Block {
  readonly bytes: Buffer;
  /** Place of the one behind it. */
  readonly next: number;
}

export function openMetadata(volume: Volume): Metadata {
  const known = new Kept<number, Block>(KEPT);
  const readBlock = async (place: number): Promise<Block> => {
    const head = (await volume.read(place, 2)).readUInt16LE(0);
    const size = head & (PLAIN - 1) || PLAIN;
    if (size > BLOCK) throw damaged(`the block at ${place} has ${size} bytes`);
    const stored = await volume.read(place + 2, size);
    const isPlain = (head & PLAIN) !== 0;
    const bytes = isPlain ? stored : volume.unpack(stored, BLOCK, `the block at ${place}`);
    return { bytes, next: place + 2 + size };
  };
  const at = (place: number, offset: number): MetadataCursor => {
    let next = place;
    let skip = offset;
    let rest: Buffer = Buffer.alloc(0);
    return {
      async take(length) {
        const pieces: Buffer[] = [];
        let missing = length;
        while (missing > 0) {
          if (rest.length === 0) {
            const block = await known.get(next, readBlock);
            if (skip >= block.bytes.length) throw damaged(`the block at ${next} has no byte ${skip}`);
            rest = block.bytes.subarray(skip);
            next = block.next;
            skip = 0;
          }
          const piece = rest.subarray(0, missing);
          rest = rest.subarray(piece.length);
          pieces.push(piece);
          missing -= piece.length;
        }
        return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      },
    };
  };
  return {
    at,
    async table(place, count, size) {
      const places = await volume.read(place, Math.ceil((count * size) / BLOCK) * 8);
      const pieces: Buffer[] = [];
      for (let index = 0; index < places.length; index += 8) {
        const left = count * size - (index / 8) * BLOCK;
        const first = Number(places.readBigUInt64LE(index));
        pieces.push(await at(first, 0).take(Math.min(left, BLOCK)));
      }
      return Buffer.concat(pieces);
    },
  };
}
