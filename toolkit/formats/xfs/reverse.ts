import { writeInt64 } from './bytes.ts';
import type { UsedRun } from './space.ts';
import type { TreeContent, TreeKind } from './tree.ts';

/** The tree that says whose a block is. A node has the least and the largest key below each child. */
export const REVERSE: TreeKind = { magic: 'RMB3', isLong: false, recordSize: 24, keySize: 40 };

const ATTRIBUTE = 0x80000000;
const TREE = 0x40000000;

/** How the runs of a group are written. */
export function reverseContent(
  runs: readonly UsedRun[],
): Pick<TreeContent, 'kind' | 'writeRecord' | 'writeKey'> {
  return {
    kind: REVERSE,
    writeRecord: (bytes, at, record) => {
      const run = runs[record]!;
      bytes.writeUInt32BE(run.start, at);
      bytes.writeUInt32BE(run.count, at + 4);
      writeInt64(bytes, at + 8, run.owner.id);
      writeOffset(bytes, at + 16, run, run.offset);
    },
    writeKey: (bytes, at, first, last) => {
      writeKey(bytes, at, runs[first]!, 0);
      writeKey(bytes, at + 20, runs[last]!, runs[last]!.count - 1);
    },
  };
}

/** The key of the block that is `ahead` blocks behind the first of a run. */
function writeKey(bytes: Buffer, at: number, run: UsedRun, ahead: number): void {
  const { start, owner, offset } = run;
  bytes.writeUInt32BE(start + ahead, at);
  writeInt64(bytes, at + 4, owner.id);
  writeOffset(bytes, at + 12, run, owner.id < 0 || owner.isTree ? offset : offset + ahead);
}

function writeOffset(bytes: Buffer, at: number, { owner }: UsedRun, offset: number): void {
  writeInt64(bytes, at, owner.isTree ? 0 : offset);
  const flags = (owner.isAttribute ? ATTRIBUTE : 0) + (owner.isTree ? TREE : 0);
  bytes.writeUInt32BE(bytes.readUInt32BE(at) + flags, at);
}
