import { ToolkitError } from '../../../domain/errors.ts';
import type { DeviceNumbers, Xattr } from '../../../domain/manifest.ts';
import type { InodeFacts } from '../../file-of-inode.ts';
import type { ReadName } from '../../read-files.ts';
import { readTime, readUint64 } from '../bytes.ts';
import { KEYS } from '../constants.ts';
import { damaged, unsupported } from './errors.ts';
import { type ReadItem, readItems, type TreePlace } from './items.ts';
import { parseRun, type Run } from './runs.ts';
import type { Volume } from './volume.ts';

/** What a tree says of an inode. */
export interface ReadInode extends InodeFacts {
  readonly device: DeviceNumbers;
  readonly isSummed: boolean;
  readonly xattrs: Xattr[];
  /** Of a directory. */
  readonly names: ReadName[];
  /** Of a file or symlink. */
  readonly runs: Run[];
  /** Why its content cannot be read; told once its name is known. */
  readonly problems: Error[];
}

const INODE_SIZE = 160;
const NAME_HEADER = 30;
/** Of a content whose blocks have no checksums. */
const NO_SUMS = 0x1;
const ENCRYPTED = 0x80;

/** All inodes of a file system's own tree, by their numbers. Throws `BTRFS_DAMAGED` and `BTRFS_UNSUPPORTED`. */
export async function readInodes(volume: Volume, tree: TreePlace): Promise<ReadonlyMap<number, ReadInode>> {
  const inodes = new Map<number, ReadInode>();
  await readItems(volume, tree, (item) => {
    const { objectid, type } = item;
    if (type === KEYS.inode) {
      inodes.set(objectid, parseInode(item));
      return;
    }
    const inode = inodes.get(objectid);
    // What was begun and given up again has no inode any more.
    if (inode === undefined) return;
    if (type === KEYS.xattr) {
      for (const { name, value } of parseNames(item)) {
        inode.xattrs.push({ name: name.toString(), value: Uint8Array.from(value) });
      }
    } else if (type === KEYS.dirIndex) inode.names.push(...parseNames(item).map((one) => asName(one, item)));
    else if (type === KEYS.extentData) addRun(inode, item);
  });
  for (const { xattrs } of inodes.values()) xattrs.sort((a, b) => (a.name < b.name ? -1 : 1));
  return inodes;
}

function parseInode({ objectid, data }: ReadItem): ReadInode {
  if (data.length < INODE_SIZE) throw damaged(`inode ${objectid} is none`);
  const size = readUint64(data, 16);
  if (!Number.isSafeInteger(size)) throw damaged(`inode ${objectid} has a size of ${size} bytes`);
  const device = readUint64(data, 56);
  return {
    inode: objectid,
    ...{ mode: data.readUInt32LE(52), uid: data.readUInt32LE(44), gid: data.readUInt32LE(48) },
    ...{ size, links: data.readUInt32LE(40), mtime: readTime(data, 136) },
    device: { major: Math.floor(device / 2 ** 20), minor: device % 2 ** 20 },
    isSummed: (data.readUInt32LE(64) & NO_SUMS) === 0,
    ...{ xattrs: [], names: [], runs: [], problems: [] },
  };
}

interface NamedItem {
  readonly target: { readonly objectid: number; readonly type: number };
  readonly type: number;
  readonly name: Buffer;
  readonly value: Buffer;
}

/** Names of a directory or of extended attributes: several may share an item. */
function parseNames({ objectid, data }: ReadItem): NamedItem[] {
  const found: NamedItem[] = [];
  for (let at = 0; at < data.length; ) {
    const isWhole = at + NAME_HEADER <= data.length;
    const nameEnd = isWhole ? at + NAME_HEADER + data.readUInt16LE(at + 27) : data.length + 1;
    const end = isWhole ? nameEnd + data.readUInt16LE(at + 25) : nameEnd;
    if (end > data.length || nameEnd === at + NAME_HEADER) {
      throw damaged(`inode ${objectid} has a name that cannot be`);
    }
    found.push({
      target: { objectid: readUint64(data, at), type: data[at + 8]! },
      ...{ type: data[at + 29]!, name: data.subarray(at + NAME_HEADER, nameEnd) },
      value: data.subarray(nameEnd, end),
    });
    at = end;
  }
  return found;
}

function asName({ target, type, name }: NamedItem, { objectid }: ReadItem): ReadName {
  const text = name.toString('latin1');
  if (/^\.{1,2}$|[/\0]/.test(text))
    throw damaged(`the directory of inode ${objectid} has a name that cannot be`);
  if ((type & ENCRYPTED) !== 0) throw unsupported(`the directory of inode ${objectid} is encrypted`);
  if (target.type === KEYS.root) throw unsupported(`${text} is a subvolume of its own, which is not read`);
  if (target.type !== KEYS.inode) throw damaged(`the directory of inode ${objectid} has a name of nothing`);
  return { name: text, inode: target.objectid };
}

function addRun({ runs, problems, isSummed }: ReadInode, item: ReadItem): void {
  let run: Run | undefined;
  try {
    run = parseRun(item, isSummed);
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    problems.push(error);
  }
  if (run === undefined) return;
  const last = runs.at(-1);
  if (last !== undefined && run.offset < last.offset + last.length) {
    problems.push(damaged(`inode ${item.objectid} has extents that lie over each other`));
    return;
  }
  runs.push(run);
}
