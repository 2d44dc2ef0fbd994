import { expect, it } from 'vitest';
import { hashName, planHashTree } from '../../../toolkit/formats/xfs/hash-tree.ts';

// XFS Algorithms & Data Structures, Directories: the dump of a block.
it.each([
  ['.', 0x2e],
  ['..', 0x172e],
  ['frame000000.tst', 0xa3a040b4],
  ['frame000001.tst', 0xb3a040b4],
  ['frame000007.tst', 0xd3a040b4],
])('%s has the hash that the format says', (name, hash) => {
  expect(hashName(Buffer.from(name))).toBe(hash);
});

it('has one node over 504 leaves, and two levels over more', () => {
  expect(planHashTree(1)).toMatchObject({ levels: [], blocks: 1 });
  expect(planHashTree(504)).toMatchObject({ levels: [[{ first: 0, count: 504 }]], blocks: 505 });
  expect(planHashTree(505).levels.map((level) => level.length)).toEqual([2, 1]);
});
