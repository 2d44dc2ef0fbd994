import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readXfs } from '../../../toolkit/formats/xfs/index.ts';
import { openBytes } from '../../../toolkit/pipeline/open-bytes.ts';
import { MIB } from '../support/ext4.ts';
import { findTool, judged, runTool, tempFolder } from '../support/judge.ts';
import { kernelFacts, readFacts, useTree } from '../support/kernel-tree.ts';
import { entry } from '../support/manifest.ts';
import { canMount, expectOddTree, mounted } from '../support/mounted.ts';
import { formByte, formsTree, readForm, writeXfsImage } from '../support/xfs.ts';

const CHECK_FORMS = `
import os, sys
top = sys.argv[1]
value = lambda name, key: os.getxattr(os.path.join(top, name), key, follow_symlinks=False)
letter = lambda index: bytes([65 + index % 26])
def attributes(name, space, count, size):
    for index in range(count):
        key = space + 'n' * (index % 40) + str(index)
        assert value(name, key) == letter(index) * size, (name, key)
attributes('zattr-short', 'user.', 4, 10)
attributes('zattr-most', 'user.', 1, 255)
attributes('zattr-ima', 'security.ima', 1, 265)
attributes('zattr-leaf', 'user.', 20, 100)
attributes('zattr-node', 'user.', 300, 100)
attributes('zattr-nodes', 'user.', 1500, 2500)
attributes('zattr-far', 'user.', 3, 65536)
attributes('zattr-far', 'security.', 2, 4040)
attributes('zattr-far', 'trusted.', 2, 5000)
attributes('zattr-device', 'security.', 1, 100)
attributes('zattr-device-leaf', 'security.', 10, 100)
attributes('zattr-link', 'trusted.', 1, 100)
assert value('zattr-far', 'user.empty0') == b''
for name, count, width in (('zshort', 3, 20), ('zblock', 40, 20), ('zleaf', 400, 20), ('znode', 1500, 20), ('znodes', int(sys.argv[2]), 60)):
    folder = os.path.join(top, name)
    names = {str(index).rjust(width, '-') + 'x' * (index % 7): index for index in range(count)}
    assert set(os.listdir(folder)) == set(names), name
    for file, index in names.items():
        content = open(os.path.join(folder, file)).read()
        assert content == (str(index) if index % 100 == 0 else ''), file
for name, count in (('zsparse-tree', 1000), ('zsparse-trees', 6000), ('zsparse-attr', 100)):
    path = os.path.join(top, name)
    assert os.stat(path).st_blocks * 512 < count * 4096 * 1.1, name
    with open(path, 'rb') as file:
        for run in range(count):
            data = file.read(3 * 4096)
            assert data[:4096] == bytes([1 + 3 * run % 251]) * 4096 and not any(data[4096:]), (name, run)
`;

/** Whether a mkfs.xfs that is there knows options: that of Debian 12 has fewer. */
function knows(options: readonly string[]): boolean {
  if (findTool('mkfs.xfs') === undefined) return true;
  using folder = tempFolder('xfs-');
  const image = join(folder.path, 'image');
  runTool(['truncate', '-s', '1G', image]);
  try {
    runTool(['mkfs.xfs', '-N', ...options, image]);
    return true;
  } catch {
    return false;
  }
}

describe.runIf(canMount('xfs'))('the kernel, given an XFS of ours', () => {
  it('reads back every field of a manifest, and every form of folders, attributes and extents', async () => {
    using folder = tempFolder('xfs-');
    const image = join(folder.path, 'image');
    await writeXfsImage(image, formsTree(100_000), { size: 400 * MIB }, readForm);
    const top = join(folder.path, 'm');
    using _mount = mounted(image, top, 'xfs');
    expectOddTree(top, (name) => !name.startsWith('z'));
    runTool(['python3', '-c', CHECK_FORMS, top, '100000']);
    expect(statSync(join(top, 'zsparse-far'))).toMatchObject({ size: 40 * 1024 ** 3, blocks: 2048 });
    expect(statSync(join(top, 'zhole'))).toMatchObject({ size: 3 * MIB, blocks: 0 });
    for (const [name, at] of [
      ['zsparse-far', 30 * 1024 ** 3 + 4096],
      ['zz', 59 * MIB],
    ] as const) {
      const script = `tail -c +${at + 1} ${join(top, name)} | head -c 4096`;
      expect(runTool(['sh', '-c', script])).toEqual(Buffer.alloc(4096, formByte(at / 4096)));
    }
  });

  judged('xfs_repair', 'xfs_growfs')('writes to it and lets it grow, and it is clean then', async () => {
    using folder = tempFolder('xfs-');
    const image = join(folder.path, 'image');
    await writeXfsImage(image, formsTree(), {}, readForm);
    runTool(['truncate', '-s', '900M', image]);
    const top = join(folder.path, 'm');
    {
      using _mount = mounted(image, top, 'xfs');
      runTool(['xfs_growfs', top]);
      for (let at = 0; at < 500; at += 1) {
        writeFileSync(join(top, `new-${at}`), 'new');
        mkdirSync(join(top, 'zshort', `folder-${at}`));
      }
      for (const name of ['deep', 'zleaf', 'znode']) rmSync(join(top, name), { recursive: true });
      runTool(['cp', join(top, 'zz'), join(top, 'copy')]);
      runTool(['cp', '--reflink=always', join(top, 'zz'), join(top, 'shared')]);
      const sparse = join(top, 'zsparse-trees');
      runTool(['dd', 'if=/dev/urandom', `of=${sparse}`, 'bs=1000', 'count=30', 'seek=50000', 'conv=notrunc']);
      const change = `
import os, sys
path = lambda name: os.path.join(sys.argv[1], name)
for index in range(60): os.setxattr(path('zattr-node'), f'user.more{index}', b'y' * 150)
for index in range(0, 300, 3): os.removexattr(path('zattr-node'), 'user.' + 'n' * (index % 40) + str(index))
for name in ('zattr-short', 'zattr-far', 'labelled'):
    for index in range(9): os.setxattr(path(name), f'user.more{index}', b'y' * 150)`;
      runTool(['python3', '-c', change, top]);
      expect(statSync(join(top, 'copy')).size).toBe(60 * MIB + 5);
    }
    runTool(['xfs_repair', '-n', '-f', image]);
  });

  judged('xfs_repair')('takes inodes and files that fill several groups', async () => {
    using folder = tempFolder('xfs-');
    const image = join(folder.path, 'image');
    const small = Array.from({ length: 150_000 }, (_, at) => entry(`d${at % 99}/${at}`, 'file'));
    const folders = Array.from({ length: 99 }, (_, at) => entry(`d${at}`, 'directory'));
    const large = { ...entry('z', 'file'), size: 110 * MIB };
    const tree = [entry('', 'directory'), ...folders, ...small, large];
    await writeXfsImage(image, tree, {}, (_, __, target) => void target.fill(1));
    runTool(['xfs_repair', '-n', '-f', image]);
    const top = join(folder.path, 'm');
    using _mount = mounted(image, top, 'xfs');
    expect(runTool(['sh', '-c', `find ${top} -type f -size 0 | wc -l`]).toString()).toBe('150000\n');
    expect(statSync(join(top, 'd98', '149984')).nlink).toBe(1);
  });

  describe.each([
    ['as mkfs.xfs makes it', []],
    ['with small blocks, and folders of several', ['-b', 'size=1024', '-n', 'size=8192']],
    ['with parent pointers', ['-n', 'parent=1', '-i', 'exchange=1']],
    ['with short times and counters', ['-m', 'bigtime=0', '-i', 'nrext64=0,size=1024', '-n', 'size=65536']],
  ])('%s', (_, argv) => {
    const tried = knows(argv) ? judged('mkfs.xfs') : it.skip;
    tried('is read back by us after it made and changed a tree', async () => {
      using folder = tempFolder('xfs-');
      const image = join(folder.path, 'image');
      runTool(['truncate', '-s', '1G', image]);
      runTool(['mkfs.xfs', '-q', ...argv, image]);
      const top = join(folder.path, 'm');
      let wanted: unknown[];
      {
        using _mount = mounted(image, top, 'xfs');
        useTree(top, 60_000);
        wanted = kernelFacts(top);
        await using open = await openBytes(image);
        // What it has in its log is not in the files yet.
        await expect(readXfs(open.read)).rejects.toMatchObject({ code: 'XFS_LOG' });
      }
      await using open = await openBytes(image);
      expect(await readFacts(await readXfs(open.read))).toEqual(wanted);
    });
  });
});
