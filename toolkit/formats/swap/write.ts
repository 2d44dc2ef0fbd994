import { uuidToBytes } from '../../domain/uuid.ts';

const PAGE = 4096;
const VERSION = 1;
const SIGNATURE = 'SWAPSPACE2';

/** What a swap space begins with. */
export interface SwapOptions {
  /** Bytes; what is no whole page of 4096 stays unused. */
  readonly size: number;
  readonly uuid: string;
  /** At most 16 bytes. */
  readonly label: string;
}

/** The first page of a swap space, for machines with pages of 4 KiB. Source: Linux, include/linux/swap.h. */
export function encodeSwapHeader({ size, uuid, label }: SwapOptions): Buffer {
  const page = Buffer.alloc(PAGE);
  page.writeUInt32LE(VERSION, 1024);
  page.writeUInt32LE(Math.floor(size / PAGE) - 1, 1028);
  page.set(uuidToBytes(uuid), 1036);
  page.set(Buffer.from(label).subarray(0, 16), 1052);
  page.write(SIGNATURE, PAGE - SIGNATURE.length, 'latin1');
  return page;
}
