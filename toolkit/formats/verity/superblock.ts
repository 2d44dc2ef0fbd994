import type { VeritySuperblock } from '../../domain/image-verity.ts';
import { uuidFromBytes, uuidToBytes } from '../../domain/uuid.ts';
import { VERITY_BLOCK } from '../../domain/verity.ts';

const VERSION = 1;
/** Salt first, digests in a power of two. 0 is Chrome OS's. */
const NORMAL = 1;
const MAX_SALT = 256;

/** What tells a hash tree apart. */
export interface VerityOptions {
  readonly uuid: string;
  /** At most 256 bytes; comes before every block that is hashed. */
  readonly salt: Uint8Array;
  /** Bytes of Reed-Solomon parity in 255; 0: what is damaged is only found. */
  readonly roots?: number;
}

/** What the block before a hash tree says; undefined for one of another form than `encodeVeritySuperblock` gives. */
export function parseVeritySuperblock(block: Buffer): VeritySuperblock | undefined {
  if (block.length < VERITY_BLOCK) return undefined;
  const salt = Buffer.from(block.subarray(88, 88 + Math.min(block.readUInt16LE(80), MAX_SALT)));
  const dataBlocks = Number(block.readBigUInt64LE(72));
  const said = { uuid: uuidFromBytes(block.subarray(16, 32)), salt, dataBlocks };
  return encodeVeritySuperblock(dataBlocks, said).equals(block) ? said : undefined;
}

/**
 * The block before a hash tree. Throws RangeError for a longer salt.
 * Source: cryptsetup 2.7, lib/verity/verity.c, struct verity_sb; its wiki, DMVerity.
 */
export function encodeVeritySuperblock(dataBlocks: number, { uuid, salt }: VerityOptions): Buffer {
  if (salt.length > MAX_SALT) throw new RangeError('a salt of dm-verity has at most 256 bytes');
  const block = Buffer.alloc(VERITY_BLOCK);
  block.write('verity\0\0', 0, 'latin1');
  block.writeUInt32LE(VERSION, 8);
  block.writeUInt32LE(NORMAL, 12);
  block.set(uuidToBytes(uuid), 16);
  block.write('sha256', 32, 'latin1');
  block.writeUInt32LE(VERITY_BLOCK, 64);
  block.writeUInt32LE(VERITY_BLOCK, 68);
  block.writeBigUInt64LE(BigInt(dataBlocks), 72);
  block.writeUInt16LE(salt.length, 80);
  block.set(salt, 88);
  return block;
}
