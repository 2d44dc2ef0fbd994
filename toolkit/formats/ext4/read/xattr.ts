import type { Xattr } from '../../../domain/manifest.ts';
import { roundUp } from '../../../domain/round.ts';
import { crc32cUpdate } from '../../crc32c.ts';
import { portableAcl } from '../acl.ts';
import { addUint64 } from '../checksum.ts';
import { damaged, unsupported } from './errors.ts';
import type { ReadInode } from './inode.ts';
import type { Volume } from './volume.ts';

const MAGIC = 0xea020000;
const INODE_HEADER = 4;
const BLOCK_HEADER = 32;
const ENTRY = 16;
const CHECKSUM = 16;
const ACLS: Readonly<Record<number, string>> = {
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
};
const PREFIXES: Readonly<Record<number, string>> = {
  1: 'user.',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
};

/**
 * Extended attributes of an inode and of its block, sorted by name; ACLs as getxattr gives them. Throws
 * `EXT4_DAMAGED`, and `EXT4_UNSUPPORTED` for those that lie in inodes of their own.
 */
export async function readXattrs(volume: Volume, inode: ReadInode): Promise<readonly Xattr[]> {
  const found: Xattr[] = [];
  const { rest, xattrBlock } = inode;
  if (rest.length > INODE_HEADER && rest.readUInt32LE(0) === MAGIC) {
    // Values are counted from the first entry.
    parseEntries(rest.subarray(INODE_HEADER), 0, inode, found);
  }
  if (xattrBlock !== 0) {
    const bytes = await volume.readBlocks(xattrBlock, 1);
    checkBlock(bytes, xattrBlock, volume.seed, inode);
    parseEntries(bytes, BLOCK_HEADER, inode, found);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function checkBlock(bytes: Buffer, block: number, seed: number | undefined, { inode }: ReadInode): void {
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(8) !== 1) {
    throw damaged(`the block of extended attributes of inode ${inode} is none`);
  }
  if (seed === undefined) return;
  const said = bytes.readUInt32LE(CHECKSUM);
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(0, CHECKSUM);
  if (crc32cUpdate(addUint64(seed, block), copy) !== said) {
    throw damaged(`the block of extended attributes of inode ${inode} has another checksum`);
  }
}

function parseEntries(bytes: Buffer, start: number, inode: ReadInode, found: Xattr[]): void {
  const broken = () => damaged(`inode ${inode.inode} has extended attributes that cannot be`);
  for (let at = start; ; ) {
    if (at + 4 > bytes.length) throw broken();
    if (bytes.readUInt32LE(at) === 0) return;
    if (at + ENTRY > bytes.length) throw broken();
    const nameLength = bytes[at]!;
    const index = bytes[at + 1]!;
    const offset = bytes.readUInt16LE(at + 2);
    const size = bytes.readUInt32LE(at + 8);
    if (bytes.readUInt32LE(at + 4) !== 0) {
      throw unsupported(`an extended attribute of inode ${inode.inode} lies in another inode`);
    }
    const end = at + ENTRY + nameLength;
    if (end > bytes.length || (size > 0 && offset + size > bytes.length)) throw broken();
    const name = bytes.subarray(at + ENTRY, end).toString();
    const value = Uint8Array.from(size === 0 ? [] : bytes.subarray(offset, offset + size));
    found.push(portableXattr(index, name, value, inode));
    at = start + roundUp(end - start, 4);
  }
}

function portableXattr(index: number, rest: string, value: Uint8Array, { inode }: ReadInode): Xattr {
  const acl = ACLS[index];
  if (acl !== undefined) {
    const portable = portableAcl(value);
    if (portable === undefined) throw damaged(`the ACL of inode ${inode} is none`);
    return { name: acl, value: portable };
  }
  const prefix = PREFIXES[index];
  if (prefix === undefined) {
    throw unsupported(
      `inode ${inode} has an extended attribute of the name space ${index}, which is not read`,
    );
  }
  return { name: `${prefix}${rest}`, value };
}
