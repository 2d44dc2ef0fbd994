import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { writeBtrfsImage } from '../support/btrfs.ts';
import { MIB } from '../support/ext4.ts';
import { runTool, tempFolder } from '../support/judge.ts';
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
});
