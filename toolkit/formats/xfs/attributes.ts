import type { ManifestEntry, Xattr } from '../../domain/manifest.ts';
import { uuidToBytes } from '../../domain/uuid.ts';
import { storedAcl } from './acl.ts';
import { seal, writeInt64 } from './bytes.ts';
import { BLOCK, SECTOR } from './constants.ts';
import { treeError } from './errors.ts';
import { type BlockHome, encodeHashTree, type HashTree, hashName, planHashTree } from './hash-tree.ts';

/** An extended attribute as it is stored: the name space is a flag. */
interface Attribute {
  readonly space: number;
  readonly name: Uint8Array;
  readonly value: Uint8Array;
  readonly hash: number;
}

/** Attributes of a file: in its inode, or in blocks. */
export type AttributePlan =
  | { readonly kind: 'short'; readonly bytes: Buffer }
  | {
      readonly kind: 'blocks';
      readonly tree: HashTree;
      readonly leaves: readonly (readonly Attribute[])[];
      /** Values with blocks of their own, and the first of them. */
      readonly far: ReadonlyMap<Attribute, number>;
      readonly blocks: number;
    };

export const ROOT = 2;
export const SECURE = 4;
export const LOCAL = 1;
const PREFIXES = [
  ['user.', 0],
  ['trusted.', ROOT],
  ['security.', SECURE],
] as const;
export const ACLS: Readonly<Record<string, string>> = {
  'system.posix_acl_access': 'SGI_ACL_FILE',
  'system.posix_acl_default': 'SGI_ACL_DEFAULT',
};
export const MOST_VALUE = 65_536;
const MOST_NAME = 255;
/** Bytes of a value in the inode: one byte has its length. */
const MOST_SHORT = 255;

export const LEAF = 0x3bee;
export const LEAF_HEADER = 80;
const ENTRY = 8;
/** A value has blocks of its own where name and value take as much as this. */
const LEAST_FAR = (BLOCK / 4) * 3;
export const FAR_HEADER = 56;
const FAR_ROOM = BLOCK - FAR_HEADER;

/** Plans the attributes of a file; what lies in the inode may take `room` bytes of it. Undefined where there are none. */
export function planAttributes(entry: ManifestEntry, room: number): AttributePlan | undefined {
  if (entry.xattrs.length === 0) return undefined;
  const all = entry.xattrs.map((xattr) => stored(entry, xattr));
  const short = all.reduce((sum, { name, value }) => sum + 3 + name.length + value.length, 4);
  const isShort = short <= room && all.every(({ value }) => value.length <= MOST_SHORT);
  if (isShort) return { kind: 'short', bytes: encodeShort(all, short) };
  const leaves: Attribute[][] = [[]];
  let used = LEAF_HEADER;
  for (const attribute of all.toSorted((a, b) => a.hash - b.hash || Buffer.compare(a.name, b.name))) {
    const size = ENTRY + leafSize(attribute);
    if (used + size > BLOCK) {
      leaves.push([]);
      used = LEAF_HEADER;
    }
    leaves.at(-1)!.push(attribute);
    used += size;
  }
  const tree = planHashTree(leaves.length);
  const far = new Map<Attribute, number>();
  let blocks = tree.blocks;
  for (const attribute of leaves.flat()) {
    if (!isFar(attribute)) continue;
    far.set(attribute, blocks);
    blocks += Math.ceil(attribute.value.length / FAR_ROOM);
  }
  return { kind: 'blocks', tree, leaves, far, blocks };
}

/** Blocks of attributes in their order. */
export function* encodeAttributes(
  { tree, leaves, far }: Extract<AttributePlan, { readonly kind: 'blocks' }>,
  home: BlockHome,
): Generator<Buffer> {
  yield* encodeHashTree(tree, LEAF, 0, home, (bytes, leaf) => encodeLeaf(bytes, leaves[leaf]!, far));
  for (const [{ value }, first] of far) {
    for (let at = 0; at < value.length; at += FAR_ROOM) {
      yield encodeFar(value.subarray(at, at + FAR_ROOM), at, first + at / FAR_ROOM, home);
    }
  }
}

function stored({ path }: ManifestEntry, { name, value }: Xattr): Attribute {
  const acl = ACLS[name];
  const prefix = PREFIXES.find(([text]) => name.startsWith(text) && name.length > text.length);
  if (acl === undefined && prefix === undefined) {
    throw treeError(path, `has the extended attribute ${name}, which XFS cannot hold`);
  }
  const bytes = Buffer.from(acl ?? name.slice(prefix![0].length));
  const kept = acl === undefined ? value : storedAcl(value);
  if (kept === undefined) throw treeError(path, `has in ${name} what is no ACL`);
  if (bytes.length > MOST_NAME || kept.length > MOST_VALUE) {
    throw treeError(path, `has the extended attribute ${name}, which is too long for XFS`);
  }
  return { space: prefix?.[1] ?? ROOT, name: bytes, value: kept, hash: hashName(bytes) };
}

function encodeShort(all: readonly Attribute[], size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16BE(size, 0);
  bytes[2] = all.length;
  let at = 4;
  for (const { space, name, value } of all) {
    bytes.set([name.length, value.length, space], at);
    bytes.set(name, at + 3);
    bytes.set(value, at + 3 + name.length);
    at += 3 + name.length + value.length;
  }
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function nearSize({ name, value }: Attribute): number {
  return padded(3 + name.length + value.length);
}

function isFar(attribute: Attribute): boolean {
  return nearSize(attribute) >= LEAST_FAR;
}

function leafSize(attribute: Attribute): number {
  // Nine bytes and the name; Linux has ever counted eleven.
  return isFar(attribute) ? padded(11 + attribute.name.length) : nearSize(attribute);
}

/** Entries from the header upwards, names and values from the end downwards. */
function encodeLeaf(bytes: Buffer, all: readonly Attribute[], far: ReadonlyMap<Attribute, number>): number {
  let end = BLOCK;
  for (const [index, attribute] of all.entries()) {
    const { space, name, value, hash } = attribute;
    end -= leafSize(attribute);
    const at = LEAF_HEADER + index * ENTRY;
    const block = far.get(attribute);
    bytes.writeUInt32BE(hash, at);
    bytes.writeUInt16BE(end, at + 4);
    bytes[at + 6] = space | (block === undefined ? LOCAL : 0);
    if (block === undefined) {
      bytes.writeUInt16BE(value.length, end);
      bytes[end + 2] = name.length;
      bytes.set(name, end + 3);
      bytes.set(value, end + 3 + name.length);
    } else {
      bytes.writeUInt32BE(block, end);
      bytes.writeUInt32BE(value.length, end + 4);
      bytes[end + 8] = name.length;
      bytes.set(name, end + 9);
    }
  }
  const entries = LEAF_HEADER + all.length * ENTRY;
  bytes.writeUInt16BE(all.length, 56);
  bytes.writeUInt16BE(BLOCK - end, 58);
  bytes.writeUInt16BE(end, 60);
  bytes.writeUInt16BE(entries, 64);
  bytes.writeUInt16BE(end - entries, 66);
  return all.at(-1)!.hash;
}

function encodeFar(value: Uint8Array, offset: number, index: number, home: BlockHome): Buffer {
  const { owner, uuid, placeOf } = home;
  const bytes = Buffer.alloc(BLOCK);
  bytes.write('XARM', 0, 'latin1');
  bytes.writeUInt32BE(offset, 4);
  bytes.writeUInt32BE(value.length, 8);
  bytes.set(uuidToBytes(uuid), 16);
  writeInt64(bytes, 32, owner);
  writeInt64(bytes, 40, placeOf(index) * (BLOCK / SECTOR));
  // Such blocks are never in the log.
  writeInt64(bytes, 48, -1);
  bytes.set(value, FAR_HEADER);
  return seal(bytes, 12);
}
