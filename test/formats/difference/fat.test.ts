import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fatPlace } from '../../../toolkit/formats/difference/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

describe('fatPlace', () => {
  judged(
    'mformat',
    'mcopy',
    'mshowfat',
  )('finds the file and the serial number as mtools knows them', async () => {
    using folder = tempFolder('fat-place-');
    const path = join(folder.path, 'disk');
    writeFileSync(path, Buffer.alloc(40 << 20));
    writeFileSync(join(folder.path, 'file'), 'a text that is nowhere else');
    const env = { MTOOLS_SKIP_CHECK: '1' };
    runTool(
      [
        'mformat',
        '-i',
        path,
        '-F',
        '-N',
        '12345678',
        '-T',
        '81920',
        '-h',
        '255',
        '-s',
        '63',
        '-c',
        '1',
        '::',
      ],
      { env },
    );
    runTool(['mcopy', '-i', path, join(folder.path, 'file'), '::/file'], { env });
    const disk = readFileSync(path);
    const clusters = runTool(['mshowfat', '-i', path, '::/file'], { env }).toString();
    const cluster = Number(/<(\d+)/.exec(clusters)?.[1]);
    const place = async (at: number) => await fatPlace(memorySource(disk), at);
    expect(await place(disk.indexOf('a text that'))).toEqual({ kind: 'data', cluster });
    const serial = disk.indexOf(Buffer.from('78563412', 'hex'));
    expect(await place(serial)).toEqual({ kind: 'boot sector', field: 'volume serial number' });
    expect(await place(disk.readUInt16LE(14) * 512 + 1)).toEqual({ kind: 'FAT' });
  });

  it('says nothing of anything else', async () => {
    expect(await fatPlace(memorySource(Buffer.alloc(8192)), 5000)).toBeUndefined();
  });
});
