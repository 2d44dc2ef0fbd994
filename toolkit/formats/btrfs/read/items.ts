import { uuidFromBytes } from '../../../domain/uuid.ts';
import { checksumOf, readUint64 } from '../bytes.ts';
import { HEADER } from '../constants.ts';
import { KEY_SIZE } from '../superblock.ts';
import { ITEM, POINTER } from '../tree.ts';
import { damaged } from './errors.ts';
import type { Volume } from './volume.ts';

/** Where a tree begins, and what its first node has to say of itself. */
export interface TreePlace {
  readonly address: number;
  readonly level: number;
  readonly generation: number;
}

/** An item of a leaf; numbers of its key are exact up to 2^53. */
export interface ReadItem {
  readonly objectid: number;
  readonly type: number;
  readonly offset: number;
  /** Good until the item was looked at. */
  readonly data: Buffer;
}

const MOST_LEVEL = 7;

/**
 * Shows all items of a tree, in the order of their keys. Throws `BTRFS_DAMAGED` for a node that is of something else,
 * and for keys that do not ascend.
 */
export async function readItems(
  volume: Pick<Volume, 'nodeSize' | 'nodeUuid' | 'readLogical'>,
  tree: TreePlace,
  show: (item: ReadItem) => void,
): Promise<void> {
  let last: Buffer | undefined;
  const visit = async (place: TreePlace): Promise<void> => {
    const node = await readNode(volume, place);
    const count = node.readUInt32LE(0x60);
    const size = place.level === 0 ? ITEM : POINTER;
    if (HEADER + count * size > node.length) throw broken(place);
    for (let index = 0; index < count; index += 1) {
      const at = HEADER + index * size;
      if (place.level > 0) {
        const below = { address: readUint64(node, at + KEY_SIZE), generation: readUint64(node, at + 25) };
        await visit({ ...below, level: place.level - 1 });
        continue;
      }
      const key = node.subarray(at, at + KEY_SIZE);
      if (last !== undefined && !isBefore(last, key)) throw broken(place);
      last = key;
      const start = HEADER + node.readUInt32LE(at + KEY_SIZE);
      const end = start + node.readUInt32LE(at + KEY_SIZE + 4);
      if (end > node.length) throw broken(place);
      show({
        ...{ objectid: readUint64(key, 0), type: key[8]!, offset: readUint64(key, 9) },
        data: node.subarray(start, end),
      });
    }
  };
  if (tree.level > MOST_LEVEL) throw broken(tree);
  await visit(tree);
}

async function readNode(
  { nodeSize, nodeUuid, readLogical }: Pick<Volume, 'nodeSize' | 'nodeUuid' | 'readLogical'>,
  place: TreePlace,
): Promise<Buffer> {
  const { address, level, generation } = place;
  const node = await readLogical(address, nodeSize);
  if (checksumOf(node, 0x20) !== node.readUInt32LE(0)) {
    throw damaged(`the node at ${address} has another checksum`);
  }
  const isOne =
    readUint64(node, 0x30) === address &&
    uuidFromBytes(node.subarray(0x20, 0x30)) === nodeUuid &&
    readUint64(node, 0x50) === generation &&
    node[0x64] === level &&
    (level === 0 || node.readUInt32LE(0x60) > 0);
  if (!isOne) throw broken(place);
  return node;
}

/** Keys are compared as numbers without a sign: of the object, the type and the offset. */
function isBefore(one: Buffer, other: Buffer): boolean {
  const words = (key: Buffer) => [
    ...[key.readUInt32LE(4), key.readUInt32LE(0), key[8]!],
    ...[key.readUInt32LE(13), key.readUInt32LE(9)],
  ];
  const own = words(one);
  for (const [index, word] of words(other).entries()) if (own[index] !== word) return own[index]! < word;
  return false;
}

function broken({ address }: TreePlace): Error {
  return damaged(`the node at ${address} is of something else`);
}
