import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readManifestEntries } from '../../../toolkit/config/rootfs-manifest.ts';
import { planExt4, writeExt4 } from '../../../toolkit/formats/ext4/index.ts';
import { listTree } from '../../../toolkit/host/tree/list.ts';
import { readTree } from '../../../toolkit/host/tree/read-tree.ts';
import { openTree } from '../../../toolkit/stages/repo-to-rootfs/contents/tree.ts';
import { must } from '../../support/shell.ts';

const MIB = 1 << 20;
const GIB = 2 ** 30;

it('takes a sparse file of 40 GB: it takes as little in the image', async () => {
  const top = await mkdtemp(join(tmpdir(), 'sparse-'));
  try {
    await must(['mkdir', `${top}/tree`]);
    await using file = await open(`${top}/tree/large`, 'w');
    await file.truncate(40 * GIB);
    for (const at of [5, 20 * GIB, 40 * GIB - 4]) await file.write(Buffer.from('data'), 0, 4, at);
    const lists = { manifest: `${top}/manifest`, contents: `${top}/contents` };
    await listTree(readTree(`${top}/tree`, new Map()), lists, top, top);
    const entries = await readManifestEntries(lists.manifest);
    using contents = await openTree(top, lists.contents, entries);
    const plan = planExt4(entries, {
      ...{ size: 64 * MIB, inodes: 100, journalMib: 4, label: '', epoch: 1, reservedPercent: 1 },
      uuid: '11111111-2222-3333-4444-555555555555',
      hashSeed: '01234567-89ab-cdef-0123-456789abcdef',
    });
    await using image = await open(`${top}/image`, 'w');
    for await (const { offset, bytes } of writeExt4(plan, contents.read)) {
      await image.write(bytes, 0, bytes.length, offset);
    }
    await image.truncate(plan.size);
    await must(['e2fsck', '-fn', `${top}/image`]);
    const said = await must(['debugfs', '-R', 'stat /large', `${top}/image`]);
    expect(said.stdout).toContain(`Size: ${40 * GIB}`);
    expect((await stat(`${top}/image`)).blocks * 512).toBeLessThan(16 * MIB);
    const found = Buffer.alloc(4);
    await contents.read(entries.at(-1)!, 40 * GIB - 4, found);
    expect(found.toString()).toBe('data');
  } finally {
    await rm(top, { recursive: true });
  }
});
