import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planVdi } from '../../../toolkit/formats/vdi/index.ts';
import { askQemu, carryOut, DISK_SIZE, EXTENTS, MIB, planDigest, writeRaw } from '../support/image.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const IDENTITY = {
  imageUuid: '00112233-4455-6677-8899-aabbccddeeff',
  modificationUuid: '10112233-4455-6677-8899-aabbccddeeff',
};

describe('planVdi', () => {
  it('writes the same bytes as ever', () => {
    expect(planDigest(planVdi(DISK_SIZE, EXTENTS, IDENTITY))).toBe(
      '7af147fbf91ecb6a8af6b8b613c03fe9bc62d9d3d52993df3f4fcd9cbb967af9',
    );
  });

  it('begins with the header of version 1.1', () => {
    const [header, map] = [...planVdi(4 * MIB, [{ offset: 3 * MIB, length: 512 }], IDENTITY).chunks()];
    const bytes = Buffer.from(header !== undefined && 'bytes' in header ? header.bytes : []);
    expect(bytes.subarray(64, 80).toString('hex')).toBe('7f10dabe010001009001000001000000');
    expect(bytes.subarray(340, 424).toString('hex')).toBe(
      '0002000000001000' +
        '08000000100000003f00000000020000' +
        '000000000000400000000000' +
        '0000100000000000' +
        '0400000001000000' +
        '33221100554477668899aabbccddeeff33221110554477668899aabbccddeeff',
    );
    expect(map).toEqual({ offset: 512, bytes: Buffer.from('ffffffffffffffffffffffff00000000', 'hex') });
  });

  it('holds only the blocks that are used, each at a whole MiB', () => {
    expect(planVdi(DISK_SIZE, EXTENTS, IDENTITY).size).toBe((1 + 7) * MIB);
  });

  it.each([0, 100, -512, Number.NaN, 65 * 1024 ** 4])('refuses a disk of %d bytes', (size) => {
    expect(() => planVdi(size, [], IDENTITY)).toThrow(expect.objectContaining({ code: 'VDI_SIZE' }));
  });

  judged('qemu-img')('holds the disk, whole and without a problem, for qemu-img', () => {
    const plan = planVdi(DISK_SIZE, EXTENTS, IDENTITY);
    expect(askQemu(plan, 'vdi', DISK_SIZE, EXTENTS)).toEqual({ format: 'vdi', virtualSize: DISK_SIZE });
  });

  judged('qemu-img')('may be empty', () => {
    expect(askQemu(planVdi(3 * MIB, [], IDENTITY), 'vdi', 3 * MIB, []).virtualSize).toBe(3 * MIB);
  });

  judged('qemu-img')('is refused by qemu-img when it ends within its map', () => {
    using folder = tempFolder('vdi-');
    const [raw, image] = [join(folder.path, 'raw'), join(folder.path, 'image')];
    writeRaw(raw, DISK_SIZE, EXTENTS);
    carryOut(planVdi(DISK_SIZE, EXTENTS, IDENTITY), raw, image);
    truncateSync(image, 1000);
    expect(() => runTool(['qemu-img', 'check', '-f', 'vdi', image])).toThrow('ended with');
  });
});
