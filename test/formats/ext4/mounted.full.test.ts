import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { readTree } from '../../../toolkit/host/tree/read-tree.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { OPTIONS, writeFileSystem } from '../support/ext4.ts';
import { runTool, tempFolder } from '../support/judge.ts';
import { entry } from '../support/manifest.ts';

const GIB = 1024 ** 3;
const READ_XATTRS = `
import os, sys, json
top = os.fsencode(sys.argv[1])
paths = [os.path.join(folder, name) for folder, names, files in os.walk(top) for name in names + files]
list = [[p[len(top) + 1:].decode('latin1'), a, os.getxattr(p, a, follow_symlinks=False).hex()]
        for p in paths for a in os.listxattr(p, follow_symlinks=False)]
print(json.dumps(sorted(list)))`;

/** Loop devices are root's, and not in every container. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  using folder = tempFolder('ext4-');
  const image = join(folder.path, 'image');
  try {
    runTool(['mke2fs', '-q', '-t', 'ext4', image, '16M']);
    using _mount = mounted(image, join(folder.path, 'm'));
    return true;
  } catch {
    return false;
  }
}

function mounted(image: string, path: string): Disposable {
  mkdirSync(path);
  runTool(['mount', '-o', 'loop', image, path]);
  return { [Symbol.dispose]: () => void runTool(['umount', path]) };
}

describe.runIf(canMount())('the kernel, given a file system of ours', () => {
  it('reads back every field of a manifest, and writes to it', async () => {
    using folder = tempFolder('ext4-');
    const image = join(folder.path, 'image');
    await writeFileSystem(image, oddEntries, {}, (odd, from, target) => {
      target.set(Buffer.from(oddText(odd)).subarray(from, from + target.length));
    });
    {
      const top = join(folder.path, 'm');
      using _mount = mounted(image, top);
      const tree = readTree(top, new Map());
      for (const { path, type, mode, uid, gid, mtime, size, device, target } of oddEntries) {
        const name = Buffer.from(path).toString('latin1');
        const link = target === undefined ? {} : { target: Buffer.from(target).toString('latin1') };
        const numbers = device === undefined ? {} : { device };
        expect([name, tree.get(name)]).toMatchObject([
          name,
          { type, mode, uid, gid, mtime, ...(type === 'file' ? { size } : {}), ...numbers, ...link },
        ]);
      }
      const found = JSON.parse(runTool(['python3', '-c', READ_XATTRS, top]).toString());
      const wanted = oddEntries.flatMap(({ path, xattrs }) =>
        xattrs.map(({ name, value }) => [
          Buffer.from(path).toString('latin1'),
          name,
          Buffer.from(value).toString('hex'),
        ]),
      );
      expect(found).toEqual(wanted.sort());
      for (let at = 0; at < 500; at += 1) writeFileSync(join(top, `new-${at}`), 'new');
    }
    runTool(['e2fsck', '-fn', image]);
  });

  it('takes a million files, in little memory', async () => {
    using folder = tempFolder('ext4-');
    const image = join(folder.path, 'image');
    const entries: ManifestEntry[] = [entry('', 'directory'), entry('all', 'directory')];
    const { sha256: _sha256, ...plain } = entry('', 'file');
    for (let at = 0; at < 1_000_000; at += 1) {
      const path = Buffer.from(`all/${String(at).padStart(7, '0')}-${'n'.repeat(at % 20)}`);
      entries.push({ ...plain, path, size: at % 2 });
    }
    const before = process.memoryUsage().rss;
    const options = { ...OPTIONS, size: 4 * GIB, journalMib: 64 };
    await writeFileSystem(image, entries, options, (_, __, target) => void target.fill(65));
    expect(process.memoryUsage().rss - before).toBeLessThan(GIB / 2);
    runTool(['e2fsck', '-fn', image]);
    const top = join(folder.path, 'm');
    using _mount = mounted(image, top);
    expect(readdirSync(join(top, 'all'))).toHaveLength(1_000_000);
  });
});
