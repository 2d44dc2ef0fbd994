import { uuidToBytes } from '../../domain/uuid.ts';
import { checksumOf, writeUint64 } from './bytes.ts';
import {
  CHUNK_TYPES,
  COMPATIBLE_READ_ONLY,
  GENERATION,
  INCOMPATIBLE,
  NODE,
  SECTOR,
  TREES,
} from './constants.ts';
import type { Chunk } from './extents.ts';
import { type BtrfsIdentity, chunkItem, encodeDevice } from './system-items.ts';
import { type PlacedTree, writeKey } from './tree.ts';

export const SIZE = 4096;
export const KEY_SIZE = 17;
export const SYSTEM_CHUNKS = 0x32b;

/** The superblock as it is at `place`. */
export function encodeSuperblock(
  place: number,
  size: number,
  chunks: readonly Chunk[],
  { root, chunk }: { readonly root: PlacedTree; readonly chunk: PlacedTree },
  identity: BtrfsIdentity,
): Buffer {
  const bytes = Buffer.alloc(SIZE);
  const u64 = (value: number | bigint, at: number) => writeUint64(bytes, at, value);
  bytes.set(uuidToBytes(identity.uuid), 0x20);
  u64(place, 0x30);
  u64(1, 0x38);
  bytes.write('_BHRfS_M', 0x40, 'latin1');
  u64(GENERATION, 0x48);
  u64(root.root, 0x50);
  u64(chunk.root, 0x58);
  u64(size, 0x70);
  u64(
    chunks.reduce((sum, { used }) => sum + used, 0),
    0x78,
  );
  u64(TREES.rootFolder, 0x80);
  u64(1, 0x88);
  bytes.writeUInt32LE(SECTOR, 0x90);
  bytes.writeUInt32LE(NODE, 0x94);
  bytes.writeUInt32LE(NODE, 0x98);
  bytes.writeUInt32LE(SECTOR, 0x9c);
  u64(GENERATION, 0xa4);
  u64(COMPATIBLE_READ_ONLY, 0xb4);
  u64(INCOMPATIBLE, 0xbc);
  bytes[0xc6] = root.levels.length - 1;
  bytes[0xc7] = chunk.levels.length - 1;
  bytes.set(encodeDevice(size, chunks, identity), 0xc9);
  bytes.set(Buffer.from(identity.label).subarray(0, 255), 0x12b);
  // No cache of free space beside its tree.
  u64(0, 0x22b);
  u64(GENERATION, 0x233);
  writeSystemChunks(bytes, chunks, identity);
  bytes.writeUInt32LE(checksumOf(bytes, 0x20), 0);
  return bytes;
}

/** Those that the chunk tree itself lies in. */
function writeSystemChunks(bytes: Buffer, chunks: readonly Chunk[], identity: BtrfsIdentity): void {
  let at = SYSTEM_CHUNKS;
  for (const chunk of chunks.filter(({ type }) => type === CHUNK_TYPES.system)) {
    const { key, data } = chunkItem(chunk, identity);
    writeKey(bytes, at, key);
    bytes.set(data, at + KEY_SIZE);
    at += KEY_SIZE + data.length;
  }
  bytes.writeUInt32LE(at - SYSTEM_CHUNKS, 0xa0);
}
