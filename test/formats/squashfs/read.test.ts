import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { readSquashfs } from '../../../toolkit/formats/squashfs/index.ts';
import { damages } from '../support/damage.ts';
import { squashfsImage, zlibSquashfsImage } from '../support/read-only-images.ts';
import { expectedTree, toldTree } from '../support/read-only-tree.ts';

const read = async (bytes: Buffer) => await readSquashfs(memorySource(bytes));

describe('readSquashfs', () => {
  it('reads owner, mode, time, attributes, links and content of everything', async () => {
    const found = await read(squashfsImage);
    expect(found).toMatchObject({ kind: 'squashfs', uuid: undefined });
    // It has no place for ACLs.
    expect(await toldTree(found)).toEqual(expectedTree('system.posix_acl_access'));
  });

  it('reads what zlib packed, in many blocks', async () => {
    const { entries, content } = await read(zlibSquashfsImage);
    expect(entries).toMatchObject([
      { type: 'directory', mode: 0o755 },
      { type: 'file', uid: 5, gid: 6, mtime: 1_600_000_000, size: 6 },
      { type: 'file' },
    ]);
    expect(entries.map(({ path }) => latin1Text(path))).toEqual(['', 'a', 'b']);
    const lines = Array.from({ length: 400 }, (_, line) => `line ${(line + 1) % 13}\n`).join('');
    expect(Buffer.concat(await Array.fromAsync(content(entries[2]!))).toString()).toBe(lines);
  });

  it('names a compressor that is not read', async () => {
    const other = Buffer.from(squashfsImage);
    other.writeUInt16LE(4, 20);
    await expect(read(other)).rejects.toMatchObject({
      ...{ code: 'SQUASHFS_UNSUPPORTED', message: expect.stringContaining('xz') },
    });
  });

  it('ends with an error of its own, or is read, whatever is damaged', async () => {
    for (const [what, bytes] of damages(squashfsImage, 96)) {
      const found = await read(bytes)
        .then(toldTree)
        .catch((error: unknown) => error);
      if (Array.isArray(found)) continue;
      expect(found, what).toMatchObject({ code: expect.stringMatching(/^SQUASHFS_/) });
    }
  });
});
