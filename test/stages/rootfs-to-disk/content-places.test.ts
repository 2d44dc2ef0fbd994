import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Volume } from '../../../toolkit/domain/layout.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { planExt4, writeExt4 } from '../../../toolkit/formats/ext4/index.ts';
import { openDisk } from '../../../toolkit/stages/repo-to-rootfs/contents/disk.ts';
import { contentPlaces } from '../../../toolkit/stages/rootfs-to-disk/content-places.ts';
import { collect } from '../../formats/support/bytes.ts';
import { entry, sorted } from '../../formats/support/manifest.ts';

const MIB = 1 << 20;
const OFFSET = 3 * MIB;
const OPTIONS = {
  ...{ size: 256 * MIB, inodes: 100, journalMib: 4, label: 'root', epoch: 1_700_000_000, reservedPercent: 1 },
  uuid: '11111111-2222-3333-4444-555555555555',
  hashSeed: '01234567-89ab-cdef-0123-456789abcdef',
};
const volume = { offset: OFFSET } as Volume;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'places-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

// `long` reaches over the metadata of the second group, `sparse` has a hole.
const tree = sorted(
  entry('', 'directory'),
  { ...entry('empty', 'file'), size: 0 },
  { ...entry('long', 'file'), size: 140 * MIB + 5 },
  { ...entry('short', 'file'), size: 100 },
  { ...entry('sparse', 'file'), size: 3 * MIB, data: [{ offset: MIB, length: MIB }] },
  { ...entry('zeros', 'file'), size: 2 * MIB, data: [] },
);

function fill(file: ManifestEntry, from: number, target: Uint8Array): void {
  target.fill(file.path.length);
  target[0] = from & 0xff;
}

describe('contentPlaces', () => {
  it('says where on the disk every file can be read', async () => {
    const plan = planExt4(tree, OPTIONS);
    const path = join(folder, 'raw');
    await using raw = await open(path, 'w');
    for await (const { offset, bytes } of writeExt4(plan, fill))
      await raw.write(bytes, 0, bytes.length, OFFSET + offset);
    const list = contentPlaces(new Map([[volume, { plan, contentOf: (one) => one }]]), tree);
    await writeFile(join(folder, 'places'), await collect(list!));
    using contents = await openDisk(path, join(folder, 'places'), tree);
    for (const file of tree.filter(({ size }) => size > 0)) {
      const found = Buffer.alloc(file.size, 1);
      await contents.read(file, 0, found);
      const [run] = file.data ?? [{ offset: 0, length: file.size }];
      const [first, last] = run === undefined ? [0, 0] : [run.offset, run.offset + run.length];
      expect(found.subarray(0, first).every((byte) => byte === 0)).toBe(true);
      if (last > 0) expect(found[last - 1]).toBe(file.path.length);
      expect(found.subarray(last).every((byte) => byte === 0)).toBe(true);
    }
    const small = Buffer.alloc(10);
    await contents.read(tree.find(({ size }) => size === 100)!, 90, small);
    expect([...small]).toEqual(Array(10).fill(5));
  });

  it('says nothing where a file is on none of the volumes', () => {
    const plan = planExt4(tree, OPTIONS);
    const more = sorted(...tree, { ...entry('zz', 'file'), size: 1 });
    expect(contentPlaces(new Map([[volume, { plan, contentOf: (one) => one }]]), more)).toBeUndefined();
  });
});
