import { uuidToBytes } from '../../domain/uuid.ts';
import { SECTOR } from './constants.ts';

const MAGIC = 0xfeedbabe;
const CYCLE = 1;
const VERSION = 2;
const LINUX = 1;
/** Bytes of the buffers that records are written from. */
const BUFFER = 32 * 1024;
/** Any number: it names a transaction. */
const TRANSACTION = 0xb0c0d0d0;
const LOG = 0xaa;
const UNMOUNT = 0x20;
const UNMOUNT_TYPE = 0x6e55;

/** The beginning of a log in which nothing waits: a record that says that the file system was unmounted. */
export function encodeCleanLog(uuid: string): Buffer {
  const bytes = Buffer.alloc(2 * SECTOR);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(CYCLE, 4);
  bytes.writeUInt32BE(VERSION, 8);
  bytes.writeUInt32BE(SECTOR, 12);
  // Its own place, and that of the oldest record that counts: cycle and sector.
  bytes.writeUInt32BE(CYCLE, 16);
  bytes.writeUInt32BE(CYCLE, 24);
  bytes.writeInt32BE(-1, 36);
  bytes.writeUInt32BE(1, 40);
  // Each sector of a record begins with the cycle; what was there stands in the header.
  bytes.writeUInt32BE(TRANSACTION, 44);
  bytes.writeUInt32BE(LINUX, 300);
  bytes.set(uuidToBytes(uuid), 304);
  bytes.writeUInt32BE(BUFFER, 320);
  bytes.writeUInt32BE(CYCLE, SECTOR);
  bytes.writeUInt32BE(8, SECTOR + 4);
  bytes.set([LOG, UNMOUNT], SECTOR + 8);
  bytes.writeUInt16BE(UNMOUNT_TYPE, SECTOR + 12);
  return bytes;
}
