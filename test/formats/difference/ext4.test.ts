import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ext4Place } from '../../../toolkit/formats/difference/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

describe('ext4Place', () => {
  judged('mke2fs', 'debugfs')('finds what debugfs has changed', async () => {
    using folder = tempFolder('ext4-place-');
    const path = join(folder.path, 'disk');
    runTool(['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096', '-I', '256', path, '8M']);
    runTool(['debugfs', '-w', '-R', `write ${import.meta.filename} file`, path]);
    const before = readFileSync(path);
    const inode = Number(/Inode: (\d+)/.exec(runTool(['debugfs', '-R', 'stat file', path]).toString())?.[1]);
    runTool(['debugfs', '-w', '-R', 'set_inode_field file mtime 20010203040506', path]);
    const after = readFileSync(path);
    const at = before.findIndex((byte, index) => byte !== after[index] && index > 4096);
    expect(await ext4Place(memorySource(after), at)).toMatchObject({ kind: 'inode', inode, field: 'mtime' });
    const block = Number(runTool(['debugfs', '-R', 'blocks file', path]).toString().trim().split(' ')[0]);
    expect(await ext4Place(memorySource(after), block * 4096 + 5)).toEqual({ kind: 'data', block });
    const uuid = 1024 + 104;
    expect(await ext4Place(memorySource(after), uuid + 3)).toMatchObject({ field: 's_uuid' });
  });

  it('says nothing of anything else', async () => {
    expect(await ext4Place(memorySource(Buffer.alloc(8192)), 5000)).toBeUndefined();
    expect(await ext4Place(memorySource(Buffer.alloc(10)), 5)).toBeUndefined();
  });
});
