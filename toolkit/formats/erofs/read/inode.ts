import type { InodeFacts } from '../../file-of-inode.ts';
import { damaged, unsupported } from './errors.ts';
import type { Volume } from './volume.ts';
import { xattrBytes } from './xattr.ts';

/** An inode as it is on the disk, taken apart. */
export interface ReadInode extends InodeFacts {
  readonly layout: 'plain' | 'inline' | 'full indexes' | 'compact indexes';
  /** First block of what is not packed; number of a device. */
  readonly block: number;
  readonly xattrs: { readonly place: number; readonly size: number };
  /** Where what follows the inode and its extended attributes begins. */
  readonly end: number;
}

const SLOT = 32;
const LONG = 64;
const LAYOUTS = ['plain', 'full indexes', 'inline', 'compact indexes'] as const;

/** Reads the inode of a number. Throws `EROFS_DAMAGED`, `EROFS_UNSUPPORTED`. */
export async function readInode(volume: Volume, inode: number): Promise<ReadInode> {
  const place = volume.metadata + inode * SLOT;
  const head = await volume.read(place, SLOT);
  const format = head.readUInt16LE(0);
  const layout = LAYOUTS[(format >>> 1) & 7];
  if (layout === undefined || format >>> 4 !== 0)
    throw unsupported(`inode ${inode} is of the form ${format}`);
  const isLong = (format & 1) !== 0;
  const bytes = isLong ? await volume.read(place, LONG) : head;
  const size = isLong ? Number(bytes.readBigUInt64LE(8)) : bytes.readUInt32LE(8);
  if (!Number.isSafeInteger(size)) throw damaged(`inode ${inode} has ${size} bytes`);
  const xattrs = { place: place + bytes.length, size: xattrBytes(bytes.readUInt16LE(2)) };
  return {
    ...{ inode, layout, size, xattrs, end: xattrs.place + xattrs.size },
    ...{ mode: bytes.readUInt16LE(4), block: bytes.readUInt32LE(16) },
    ...(isLong
      ? {
          ...{ uid: bytes.readUInt32LE(24), gid: bytes.readUInt32LE(28), links: bytes.readUInt32LE(44) },
          mtime: Number(bytes.readBigInt64LE(32)) + bytes.readUInt32LE(40) / 1e9,
        }
      : {
          ...{ uid: bytes.readUInt16LE(24), gid: bytes.readUInt16LE(26), links: bytes.readUInt16LE(6) },
          mtime: volume.mtime,
        }),
  };
}
