import { untilNul } from '../../../domain/text.ts';
import type { ReadName } from '../../read-files.ts';
import { damaged } from './errors.ts';

const ENTRY = 12;

/** The names of a block of a directory, without `.` and `..`. Throws `EROFS_DAMAGED`. Source: Linux, fs/erofs/dir.c. */
export function readNames(block: Buffer): readonly ReadName[] {
  const first = block.length >= ENTRY ? block.readUInt16LE(8) : 0;
  if (first < ENTRY || first % ENTRY !== 0 || first > block.length) throw damaged('a directory is none');
  const names: ReadName[] = [];
  for (let at = 0; at < first; at += ENTRY) {
    const start = block.readUInt16LE(at + 8);
    const isLast = at + ENTRY === first;
    const end = isLast ? block.length : block.readUInt16LE(at + ENTRY + 8);
    if (start < first || end <= start || end > block.length)
      throw damaged('a directory has a name that is nowhere');
    const text = block.toString('latin1', start, end);
    // What is behind the last one is filled up.
    const name = isLast ? untilNul(text) : text;
    if (name === '.' || name === '..') continue;
    if (name === '' || name.length > 255 || /[/\0]/.test(name)) {
      throw damaged('a directory has a name that cannot be');
    }
    const inode = Number(block.readBigUInt64LE(at));
    if (!Number.isSafeInteger(inode)) throw damaged(`there is no inode ${inode}`);
    names.push({ name, inode });
  }
  return names;
}
