import { DIRENT_TYPES, MODE_TYPES } from '../modes.ts';
import { BLOCK, CHUNK_INODES, FORKS, INODE, INODE_CORE } from './constants.ts';
import { type DirectoryEntry, encodeShort, shortSize } from './directory.ts';
import { type ExtentMap, mappedBlocks, writeMap } from './extents.ts';
import type { PlacedFile } from './files.ts';
import { inodeNumber } from './geometry.ts';
import { deviceNumber, encodeFreeInode, encodeInode, FORMATS, type InodeFields } from './inode.ts';
import { REALTIME, type XfsPlan } from './plan.ts';

/** Says of the first realtime inode that its bitmap is of the new kind. */
const NEW_BITMAP = 0x4;

/** The 64 inodes of a chunk. */
export function encodeChunk(plan: XfsPlan, chunk: number): Buffer {
  const bytes = Buffer.alloc(CHUNK_INODES * INODE);
  for (let index = 0; index < CHUNK_INODES; index += 1) {
    bytes.set(encodeSlot(plan, chunk * CHUNK_INODES + index, numberOf(plan, chunk, index)), index * INODE);
  }
  return bytes;
}

/** The root is in itself. */
export function parentOf({ node }: PlacedFile, { files }: XfsPlan): number {
  return files[node.links[0]?.parent ?? 0]!.inode;
}

export function namesOf({ node }: PlacedFile, { files }: XfsPlan): DirectoryEntry[] {
  return node.names.map(({ name, node: { inode, entry } }) => {
    return { name, inode: files[inode]!.inode, type: DIRENT_TYPES[entry.type] };
  });
}

function numberOf({ geometry, chunks }: XfsPlan, chunk: number, index: number): number {
  return inodeNumber(geometry, chunks[chunk]!, index);
}

function encodeSlot(plan: XfsPlan, slot: number, inode: number): Buffer {
  const { files, identity } = plan;
  const { uuid, epoch } = identity;
  if (slot > 0 && slot <= REALTIME) {
    const flags = slot === 1 ? NEW_BITMAP : 0;
    return encodeInode(inode, { ...NOTHING, mtime: epoch, changed: epoch, flags }, uuid, () => undefined);
  }
  const file = files[slot === 0 ? 0 : slot - REALTIME];
  return file === undefined ? encodeFreeInode(inode, uuid) : encodeFile(file, plan);
}

const NOTHING = {
  ...{
    mode: MODE_TYPES.file,
    uid: 0,
    gid: 0,
    links: 1,
    size: 0,
    blocks: 0,
    format: FORMATS.extents,
    extents: 0,
  },
  ...{ attributesAt: 0, attributeFormat: FORMATS.extents, attributeExtents: 0 },
};

function encodeFile(file: PlacedFile, plan: XfsPlan): Buffer {
  const { node, inode, attributes, attributeMap, attributesAt, map } = file;
  const { entry } = node;
  const { identity, geometry } = plan;
  const local = localContent(file, plan);
  const fields: InodeFields = {
    ...{ mode: MODE_TYPES[entry.type] | (entry.mode & 0o7777), uid: entry.uid, gid: entry.gid },
    ...{ links: linksOf(file), size: sizeOf(file), blocks: mappedBlocks(map) + mappedBlocks(attributeMap) },
    ...{ mtime: entry.mtime, changed: identity.epoch },
    ...{ format: contentFormat(file, local), extents: map.extents.length, attributesAt },
    attributeFormat: attributes?.kind === 'short' ? FORMATS.local : FORMATS.extents,
    attributeExtents: attributeMap.extents.length,
  };
  return encodeInode(inode, fields, identity.uuid, (bytes) => {
    const write = (at: number, room: number, from: ExtentMap): void =>
      writeMap(bytes, INODE_CORE + at, room, from, inode, geometry);
    if (local === undefined) write(0, attributesAt === 0 ? FORKS : attributesAt, map);
    else bytes.set(local, INODE_CORE);
    if (attributes?.kind === 'short') bytes.set(attributes.bytes, INODE_CORE + attributesAt);
    else write(attributesAt, FORKS - attributesAt, attributeMap);
  });
}

/** What lies in the inode itself; undefined where extents do. */
function localContent(file: PlacedFile, plan: XfsPlan): Uint8Array | undefined {
  const { entry } = file.node;
  switch (entry.type) {
    case 'directory':
      return file.directory === undefined
        ? encodeShort(parentOf(file, plan), namesOf(file, plan))
        : undefined;
    case 'symlink':
      return file.map.extents.length === 0 ? entry.target! : undefined;
    case 'file':
      return undefined;
    default: {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(deviceNumber(entry), 0);
      return bytes;
    }
  }
}

function contentFormat({ node, map }: PlacedFile, local: Uint8Array | undefined): number {
  const { type } = node.entry;
  if (local === undefined) return map.tree === undefined ? FORMATS.extents : FORMATS.tree;
  return type === 'directory' || type === 'symlink' ? FORMATS.local : FORMATS.device;
}

function linksOf({ node }: PlacedFile): number {
  if (node.entry.type !== 'directory') return node.links.length;
  return node.names.reduce((sum, link) => sum + (link.node.entry.type === 'directory' ? 1 : 0), 2);
}

function sizeOf({ node, directory }: PlacedFile): number {
  const { type, size, target } = node.entry;
  if (type === 'file') return size;
  if (type === 'symlink') return target!.length;
  if (type !== 'directory') return 0;
  return directory === undefined ? shortSize(node.names) : directory.data * BLOCK;
}
