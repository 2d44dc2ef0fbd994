import type { Xattr } from '../../../domain/manifest.ts';
import { damaged } from './errors.ts';
import type { Metadata, MetadataCursor } from './metadata.ts';
import type { Volume } from './volume.ts';

const PREFIXES = ['user.', 'trusted.', 'security.'];
/** The value lies elsewhere. */
const ELSEWHERE = 0x100;
const NONE = 0xffffffff;
const MOST_VALUE = 65536;

/** Extended attributes by the number that an inode has of them, sorted by name. Throws `SQUASHFS_DAMAGED`. */
export type XattrReader = (id: number) => Promise<readonly Xattr[]>;

/** Source: Linux, fs/squashfs/xattr.c and xattr_id.c. */
export async function xattrReader(volume: Volume, metadata: Metadata): Promise<XattrReader> {
  const { xattrs } = volume.tables;
  if (xattrs === undefined) {
    return async (id) => {
      if (id !== NONE) throw damaged('an inode has extended attributes, and there are none');
      return [];
    };
  }
  const head = await volume.read(xattrs, 16);
  const first = Number(head.readBigUInt64LE(0));
  const count = head.readUInt32LE(8);
  const ids = await metadata.table(xattrs + 16, count, 16);
  const cursorAt = (reference: bigint): MetadataCursor =>
    metadata.at(first + Number(reference >> 16n), Number(reference & 0xffffn));
  const readValue = async (cursor: MetadataCursor): Promise<Buffer> => {
    const size = (await cursor.take(4)).readUInt32LE(0);
    if (size > MOST_VALUE) throw damaged(`an extended attribute has ${size} bytes`);
    return await cursor.take(size);
  };
  return async (id) => {
    if (id === NONE) return [];
    if (id >= count) throw damaged(`there are no extended attributes ${id}`);
    const cursor = cursorAt(ids.readBigUInt64LE(id * 16));
    const found: Xattr[] = [];
    for (let left = ids.readUInt32LE(id * 16 + 8); left > 0; left -= 1) {
      const entry = await cursor.take(4);
      const type = entry.readUInt16LE(0);
      const prefix = PREFIXES[type & 0xff];
      if (prefix === undefined) throw damaged(`an extended attribute is of the name space ${type & 0xff}`);
      const name = `${prefix}${(await cursor.take(entry.readUInt16LE(2))).toString()}`;
      const own = await readValue(cursor);
      const isElsewhere = (type & ELSEWHERE) !== 0;
      if (isElsewhere && own.length !== 8) throw damaged(`the value of ${name} is nowhere`);
      const value = isElsewhere ? await readValue(cursorAt(own.readBigUInt64LE(0))) : own;
      found.push({ name, value: Uint8Array.from(value) });
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
}
