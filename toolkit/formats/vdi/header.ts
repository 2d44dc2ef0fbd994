import { guidToBytes } from '../../domain/uuid.ts';

/** UUIDs that identify a VDI beside its content. */
export interface VdiIdentity {
  readonly imageUuid: string;
  /** Of the last change: VirtualBox gives a new one when it has written to the disk. */
  readonly modificationUuid: string;
}

export interface VdiHeader {
  readonly virtualSize: number;
  /** Places in the file, in bytes. */
  readonly mapOffset: number;
  readonly dataOffset: number;
  readonly blockCount: number;
  readonly allocatedBlocks: number;
}

export const HEADER_SIZE = 512;
export const BLOCK_SIZE = 1024 * 1024;
const SECTOR = 512;
const SIGNATURE = 0xbeda107f;
const VERSION = 0x00010001;
/** From its own length on, with the second geometry. */
const LENGTH = 400;
const DYNAMIC = 1;
/** What an old BIOS can address: the most that the geometry says. */
const MAX_CYLINDERS = 16383;
const HEADS = 16;
const SECTORS_PER_TRACK = 63;

/** The text before the header and the header, version 1.1. Source: docs/formats/vdi.md. */
export function encodeHeader(header: VdiHeader, identity: VdiIdentity): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  bytes.write('<<< Oracle VM VirtualBox Disk Image >>>\n', 0, 'latin1');
  const words = [SIGNATURE, VERSION, LENGTH, DYNAMIC];
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, 64 + index * 4);
  bytes.writeUInt32LE(header.mapOffset, 340);
  bytes.writeUInt32LE(header.dataOffset, 344);
  const cylinders = Math.floor(header.virtualSize / SECTOR / HEADS / SECTORS_PER_TRACK);
  const geometry = [Math.min(cylinders, MAX_CYLINDERS), HEADS, SECTORS_PER_TRACK, SECTOR];
  for (const [index, word] of geometry.entries()) bytes.writeUInt32LE(word, 348 + index * 4);
  bytes.writeBigUInt64LE(BigInt(header.virtualSize), 368);
  bytes.writeUInt32LE(BLOCK_SIZE, 376);
  bytes.writeUInt32LE(header.blockCount, 384);
  bytes.writeUInt32LE(header.allocatedBlocks, 388);
  bytes.set(guidToBytes(identity.imageUuid), 392);
  bytes.set(guidToBytes(identity.modificationUuid), 408);
  return bytes;
}
