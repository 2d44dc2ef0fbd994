import { readUint64 } from '../bytes.ts';
import { damaged, unsupported } from './errors.ts';

/** Where parts of the address space are on the device. */
interface ChunkMap {
  /** Adds what a chunk item says of the part that begins at a logical address. */
  readonly add: (start: number, data: Buffer) => void;
  /** Where `length` bytes of a logical address begin. Throws `BTRFS_DAMAGED`. */
  readonly placeOf: (address: number, length: number) => number;
}

interface Chunk {
  readonly start: number;
  readonly length: number;
  readonly place: number;
}

const HEADER = 48;
const STRIPE = 32;
/** RAID0, RAID1, RAID10, RAID5, RAID6, RAID1C3, RAID1C4. */
const RAID = 0x8 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400;

/** Chunks of one device: each once (`single`), or twice (`DUP`), of which the first copy is read. */
export function chunkMap(device: number): ChunkMap {
  const chunks: Chunk[] = [];
  return {
    add(start, data) {
      if (data.length < HEADER + STRIPE) throw damaged(`the chunk at ${start} cannot be`);
      if ((data.readUInt32LE(24) & RAID) !== 0) throw unsupported('its chunks are of RAID');
      const chunk = { start, length: readUint64(data, 0), place: readUint64(data, HEADER + 8) };
      if (readUint64(data, HEADER) !== device) throw unsupported('a chunk of it lies on another device');
      if (!chunks.some((one) => one.start === start)) chunks.push(chunk);
    },
    placeOf(address, length) {
      const found = chunks.find((one) => address >= one.start && address + length <= one.start + one.length);
      if (found === undefined) throw damaged(`there is nothing at the address ${address}`);
      return found.place + address - found.start;
    },
  };
}
