import type { ReadName } from '../../read-files.ts';
import { damaged } from './errors.ts';
import type { MetadataCursor } from './metadata.ts';

/** What a directory says that it has more than its names take: `.` and `..`, which are not stored. */
const DOTS = 3;
const MOST_IN_HEADER = 256;
const MOST_NAME = 256;

/** All names of a directory that says it has `size` bytes. Throws `SQUASHFS_DAMAGED`. Source: Linux, fs/squashfs/dir.c. */
export async function readNames(cursor: MetadataCursor, size: number): Promise<readonly ReadName[]> {
  const names: ReadName[] = [];
  for (let left = size - DOTS; left > 0; ) {
    const header = await cursor.take(12);
    const count = header.readUInt32LE(0) + 1;
    const block = header.readUInt32LE(4);
    if (count > MOST_IN_HEADER) throw damaged(`a directory has ${count} names in a row`);
    left -= 12;
    for (let index = 0; index < count; index += 1) {
      const entry = await cursor.take(8);
      const length = entry.readUInt16LE(6) + 1;
      if (length > MOST_NAME) throw damaged(`a name has ${length} bytes`);
      const name = (await cursor.take(length)).toString('latin1');
      if (/[/\0]|^\.\.?$/.test(name)) throw damaged('a directory has a name that cannot be');
      names.push({ name, inode: block * 65536 + entry.readUInt16LE(0) });
      left -= 8 + length;
    }
    if (left < 0) throw damaged('a directory has more names than it says');
  }
  return names;
}
