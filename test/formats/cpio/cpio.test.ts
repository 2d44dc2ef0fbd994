import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCpio, writeCpio } from '../../../toolkit/formats/cpio/index.ts';
import { collect, pieces, sha256 } from '../support/bytes.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { contentOf, entry, sorted } from '../support/manifest.ts';

const TREE = sorted(
  entry('', 'directory'),
  entry('bin', 'directory'),
  entry('bin/a', 'file', { content: 'hello', mode: 0o4755, uid: 1, gid: 2 }),
  entry('bin/b', 'hardlink', { target: 'bin/a', mode: 0o4755, uid: 1, gid: 2 }),
  entry('bin/c', 'hardlink', { target: 'bin/a', mode: 0o4755, uid: 1, gid: 2 }),
  entry('bin/empty', 'file'),
  entry('bin/sh', 'symlink', { target: 'busybox', mode: 0o777 }),
  entry('console', 'char', { mode: 0o600, device: { major: 5, minor: 1 } }),
  entry(Buffer.from('caf\xe9', 'latin1'), 'file', { content: 'x'.repeat(1001) }),
);

async function readAll(bytes: Buffer, size = 7) {
  const found: { name: string; mode: string; links: number; inode: number; content: string }[] = [];
  for await (const { header, name, content } of readCpio(pieces(bytes, size))) {
    found.push({
      name: name.toString('latin1'),
      mode: header.mode.toString(8),
      links: header.links,
      inode: header.inode,
      content: (await collect(content)).toString(),
    });
  }
  return found;
}

describe('writeCpio', () => {
  it('round-trips', async () => {
    expect(await readAll(await collect(writeCpio(TREE, contentOf)))).toEqual([
      { name: '.', mode: '40755', links: 2, inode: 1, content: '' },
      { name: 'bin', mode: '40755', links: 2, inode: 2, content: '' },
      { name: 'bin/a', mode: '104755', links: 3, inode: 3, content: '' },
      { name: 'bin/b', mode: '104755', links: 3, inode: 3, content: '' },
      { name: 'bin/c', mode: '104755', links: 3, inode: 3, content: 'hello' },
      { name: 'bin/empty', mode: '100644', links: 1, inode: 4, content: '' },
      { name: 'bin/sh', mode: '120777', links: 1, inode: 5, content: 'busybox' },
      { name: 'caf\xe9', mode: '100644', links: 1, inode: 6, content: 'x'.repeat(1001) },
      { name: 'console', mode: '20600', links: 1, inode: 7, content: '' },
    ]);
  });

  it('writes the same bytes as ever', async () => {
    const bytes = await collect(writeCpio(TREE, contentOf));
    expect(bytes.length % 512).toBe(0);
    expect(sha256(bytes)).toBe('bb1d83272240066d6adcfc6528328706be90ccb76e7d0cdc6d795c05236808a5');
  });

  it.each([
    ['CPIO_ORDER', [entry('b', 'file'), entry('a', 'file')]],
    ['CPIO_LINK', [entry('a', 'hardlink', { target: 'b' }), entry('b', 'file')]],
    ['CPIO_ENTRY', [entry('a', 'file', { xattrs: [{ name: 'user.x', value: Buffer.from('y') }] })]],
    ['CPIO_ENTRY', [entry('a', 'file', { mtime: 2 ** 32 })]],
    ['CPIO_ENTRY', [entry('a', 'char')]],
    ['CONTENT_SIZE', [entry('a', 'file', { content: 'abc', size: 2 })]],
    ['CONTENT_SIZE', [entry('a', 'file', { content: 'abc', size: 4 })]],
  ])('refuses with %s', async (code, entries) => {
    await expect(collect(writeCpio(entries, contentOf))).rejects.toMatchObject({ code });
  });

  judged('cpio')('is what GNU cpio extracts, hard links and bytes of names too', async () => {
    using folder = tempFolder('cpio-');
    const input = await collect(writeCpio(TREE, contentOf));
    const list = runTool(['cpio', '-itv', '--numeric-uid-gid'], { input }).toString();
    expect(list).toMatch(/crw------- .* 5, +1 .* console\n/);
    expect(list).toMatch(/-rwsr-xr-x +3 1 +2 .* bin\/c\n/);
    const wanted = ['.', 'bin', 'bin/*', 'caf*'] as const;
    runTool(['cpio', '-idm', '--no-preserve-owner', ...wanted], { input, cwd: folder.path });
    expect(readFileSync(join(folder.path, 'bin/a'), 'utf8')).toBe('hello');
    expect(lstatSync(join(folder.path, 'bin/a')).nlink).toBe(3);
    expect(readlinkSync(join(folder.path, 'bin/sh'))).toBe('busybox');
    const name = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from('caf\xe9', 'latin1')]);
    expect(lstatSync(name).size).toBe(1001);
  });
});

describe('readCpio', () => {
  judged('cpio')('reads what GNU cpio writes', async () => {
    const bytes = runTool(['cpio', '-o', '-H', 'newc'], { input: Buffer.from('package.json\n') });
    const [found] = await readAll(bytes, 1000);
    expect(found).toMatchObject({ name: 'package.json', content: readFileSync('package.json', 'utf8') });
  });

  it('skips content that the caller leaves', async () => {
    const bytes = await collect(writeCpio(TREE, contentOf));
    const names: string[] = [];
    for await (const { name } of readCpio(pieces(bytes, 100))) {
      names.push(name.toString('latin1'));
    }
    expect(names.length).toBe(TREE.length);
  });

  it('notices wherever an archive is cut', async () => {
    const bytes = await collect(writeCpio(TREE, contentOf));
    const end = bytes.indexOf('TRAILER!!!');
    for (let length = 0; length < end; length += 11) {
      await expect(readAll(bytes.subarray(0, length), 512)).rejects.toMatchObject({ code: 'CPIO_INVALID' });
    }
  });

  it.each([
    ['garbage', Buffer.alloc(4096, 0x5a)],
    ['a name of 4 GiB', Buffer.from(`070701${'0'.repeat(88)}FFFFFFFF00000000`)],
    ['a name without an end', Buffer.from(`070701${'0'.repeat(104)}`)],
  ])('refuses %s', async (_title, bytes) => {
    await expect(readAll(bytes)).rejects.toMatchObject({ code: 'CPIO_INVALID' });
  });
});
