import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../toolkit/domain/manifest.ts';
import { readExt4 } from '../../toolkit/formats/ext4/index.ts';
import { memorySource } from '../../toolkit/formats/source.ts';
import { treeTar } from '../../toolkit/pipeline/base-tree.ts';
import { collect } from '../formats/support/bytes.ts';
import { writeFileSystem } from '../formats/support/ext4.ts';
import { judged, runTool, tempFolder } from '../formats/support/judge.ts';
import { entry, sorted } from '../formats/support/manifest.ts';

const MIB = 1 << 20;
const SIZE = 200 * MIB + 3;
const large: ManifestEntry = {
  ...entry('large', 'file'),
  size: SIZE,
  data: [
    { offset: 0, length: MIB },
    { offset: 100 * MIB, length: MIB },
  ],
};
const tree = sorted(
  entry('', 'directory', { xattrs: [{ name: 'user.a', value: Buffer.from('b') }] }),
  entry('console', 'char', { device: { major: 5, minor: 1 } }),
  large,
  entry('link', 'hardlink', { target: 'large' }),
);

/** The tar of an ext4 with a file that has large holes. */
async function tarOfImage(folder: string): Promise<Buffer> {
  const path = join(folder, 'image');
  await writeFileSystem(path, tree, { size: 32 * MIB, journalMib: 4 }, (_, from, target) => {
    target.fill(0);
    if (from <= 5 && from + target.length > 5) target[5 - from] = 0x78;
    if (from <= 100 * MIB && from + target.length > 100 * MIB) target[100 * MIB - from] = 0x79;
  });
  const { entries, content } = await readExt4(memorySource(readFileSync(path)), 0);
  return await collect(await treeTar(entries, content));
}

describe('treeTar', () => {
  it('leaves out large holes, device nodes and attributes', async () => {
    using folder = tempFolder('base-tree-');
    const tar = await tarOfImage(folder.path);
    expect(tar.length).toBeLessThan(3 * MIB);
    expect(tar.toString('latin1')).not.toMatch(/console|user\.a/);
  });

  judged('tar')('is unpacked with its holes', async () => {
    using folder = tempFolder('base-tree-');
    const tar = join(folder.path, 'tar');
    writeFileSync(tar, await tarOfImage(folder.path));
    runTool(['tar', '--extract', '--preserve-permissions', '-f', tar, '-C', folder.path]);
    const found = lstatSync(join(folder.path, 'large'));
    expect([found.size, found.nlink]).toEqual([SIZE, 2]);
    expect(found.blocks * 512).toBeLessThan(4 * MIB);
    const bytes = readFileSync(join(folder.path, 'large'));
    expect([bytes[5], bytes[100 * MIB]]).toEqual([0x78, 0x79]);
    expect(bytes.reduce((sum, byte) => sum + byte, 0)).toBe(0x78 + 0x79);
  });
});
