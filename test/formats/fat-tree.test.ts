import { describe, expect, it } from 'vitest';
import { readFatTree } from '../../toolkit/formats/fat-tree.ts';

describe('readFatTree', () => {
  it('gives names as UTF-8, and leaves out what starts the disk', async () => {
    const file = (path: string) => ({
      ...{ path, isDirectory: false, size: 0, mtime: 0, content: async () => Buffer.alloc(0) },
    });
    const files = {
      ...{ kind: 'fat32' as const, serial: '1234abcd', label: 'ESP', read: async () => undefined },
      list: async () => [file('\u4e2d.txt'), file('\u00e9.txt'), file('vmlinuz'), file('initrd')],
    };
    const { entries } = await readFatTree(files, true);
    expect(entries.map(({ path }) => Buffer.from(path).toString())).toEqual(['\u00e9.txt', '\u4e2d.txt']);
  });
});
