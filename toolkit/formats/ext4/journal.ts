import { BLOCK } from './constants.ts';

const MAGIC = 0xc03b3998;
const SUPERBLOCK_V2 = 4;

/** First block of an empty journal of `blocks` blocks. All others are zeros. Source: Linux, include/linux/jbd2.h. */
export function encodeJournal(blocks: number, uuid: Uint8Array): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(SUPERBLOCK_V2, 4);
  bytes.writeUInt32BE(BLOCK, 12);
  bytes.writeUInt32BE(blocks, 16);
  // The first block of the log, and the first number of a transaction; nothing begins anywhere.
  bytes.writeUInt32BE(1, 20);
  bytes.writeUInt32BE(1, 24);
  bytes.set(uuid, 48);
  bytes.writeUInt32BE(1, 64);
  return bytes;
}
