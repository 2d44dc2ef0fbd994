import type { ReadContent } from '../../domain/manifest.ts';
import type { PositionedBytes } from '../positioned.ts';
import { checksumOf } from './bytes.ts';
import { MIB, SECTOR, SUPERBLOCKS } from './constants.ts';
import type { BtrfsPlan } from './plan.ts';
import { encodeSuperblock } from './superblock.ts';
import { chunkItems } from './system-items.ts';
import { encodeTree } from './tree.ts';

/** The bytes of a file system, ascending; what is between them is zeros. Each is good until the next is asked for. */
export async function* writeBtrfs(plan: BtrfsPlan, read: ReadContent): AsyncGenerator<PositionedBytes> {
  const { size, chunks, identity } = plan;
  const places = SUPERBLOCKS.filter((at) => at + SECTOR <= size);
  let next = 0;
  for await (const piece of contents(plan, read)) {
    for (; next < places.length && places[next]! < piece.offset; next += 1) yield superblock(places[next]!);
    yield piece;
  }
  for (const place of places.slice(next)) yield superblock(place);

  function superblock(offset: number): PositionedBytes {
    return { offset, bytes: encodeSuperblock(offset, size, chunks, plan, identity) };
  }
}

async function* contents(plan: BtrfsPlan, read: ReadContent): AsyncGenerator<PositionedBytes> {
  const { size, chunks, identity, files, sectors } = plan;
  yield* encodeTree(plan.chunk, chunkItems(size, chunks, identity), identity);
  const sums = new Uint32Array(sectors);
  let next = 0;
  for (const [{ entry }, extents] of files) {
    for (const { offset, start, length } of extents) {
      for (let at = 0; at < length; at += MIB) {
        const bytes = Buffer.alloc(Math.min(MIB, length - at));
        const count = Math.min(bytes.length, entry.size - offset - at);
        await read(entry, offset + at, bytes.subarray(0, count));
        for (let sector = 0; sector < bytes.length; sector += SECTOR) {
          sums[next] = checksumOf(bytes, sector, sector + SECTOR);
          next += 1;
        }
        yield { offset: start + at, bytes };
      }
    }
  }
  for (const { tree, items } of plan.trees) yield* encodeTree(tree, items(sums), identity);
}
