import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBtrfs } from '../../../toolkit/formats/btrfs/index.ts';
import { openBytes } from '../../../toolkit/pipeline/open-bytes.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { writeBtrfsImage } from '../support/btrfs.ts';
import { MIB } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { kernelFacts, readFacts, useTree } from '../support/kernel-tree.ts';
import { entry } from '../support/manifest.ts';
import { canMount, expectOddTree, mounted } from '../support/mounted.ts';

describe.runIf(canMount('btrfs'))('the kernel, given a btrfs of ours', () => {
  it('reads back every field of a manifest and what is in files, and writes to it', async () => {
    using folder = tempFolder('btrfs-');
    const image = join(folder.path, 'image');
    const large = { ...entry('z', 'file'), size: 140 * MIB + 5 };
    await writeBtrfsImage(image, [...oddEntries, large], { size: 400 * MIB }, (one, from, target) => {
      if (one === large) target.fill(0x78);
      else target.set(Buffer.from(oddText(one)).subarray(from, from + target.length));
    });
    const top = join(folder.path, 'm');
    using _mount = mounted(image, top, 'btrfs');
    expectOddTree(top);
    const size = runTool(['sh', '-c', `tr -d x <${top}/z | wc -c; wc -c <${top}/z`]).toString();
    expect(size.split('\n')).toEqual(['0', String(large.size), '']);
    for (let at = 0; at < 500; at += 1) writeFileSync(join(top, `new-${at}`), 'new');
    rmSync(join(top, 'deep'), { recursive: true });
    // Reads and verifies everything, whatever the checksums say.
    runTool(['sh', '-c', `find ${top} -type f -exec cat {} + >${folder.path}/all`]);
  });

  const make = (image: string, argv: readonly string[], options: string, top: string): unknown[] => {
    runTool(['truncate', '-s', '1G', image]);
    runTool(['mkfs.btrfs', '-q', ...argv, image]);
    using _mount = mounted(image, top, 'btrfs');
    if (options !== '') runTool(['mount', '-o', `remount,${options}`, top]);
    useTree(top, 3000);
    return kernelFacts(top);
  };

  judged('mkfs.btrfs').each([
    ['as mkfs.btrfs makes it', '', []],
    ['packed with zstd', 'compress-force=zstd', []],
    ['packed with zlib, everything once', 'compress-force=zlib', ['-m', 'single']],
    ['with small nodes and mixed chunks', '', ['-n', '4096', '-M']],
    ['with items for holes, and without checksums of contents', 'nodatacow', ['-O', '^no-holes']],
  ])('is read back by us after it made and changed a tree: %s', async (_, options, argv) => {
    using folder = tempFolder('btrfs-');
    const image = join(folder.path, 'image');
    const wanted = make(image, argv, options, join(folder.path, 'm'));
    await using open = await openBytes(image);
    expect(await readFacts(await readBtrfs(open.read))).toEqual(wanted);
  });

  judged('mkfs.btrfs', 'btrfs')('is refused by name where it has subvolumes, or packs with lzo', async () => {
    using folder = tempFolder('btrfs-');
    const image = join(folder.path, 'image');
    make(image, [], 'compress-force=lzo', join(folder.path, 'm'));
    {
      await using open = await openBytes(image);
      await expect(readBtrfs(open.read)).rejects.toMatchObject({ message: expect.stringContaining('lzo') });
    }
    const top = join(folder.path, 'n');
    {
      using _mount = mounted(image, top, 'btrfs');
      runTool(['btrfs', 'subvolume', 'create', join(top, 'own')]);
    }
    await using open = await openBytes(image);
    await expect(readBtrfs(open.read)).rejects.toMatchObject({
      code: 'BTRFS_UNSUPPORTED',
      message: expect.stringContaining('subvolume'),
    });
  });
});
