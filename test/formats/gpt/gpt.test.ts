import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DiskLayout, PARTITION_ATTRIBUTES, PARTITION_TYPES } from '../../../toolkit/domain/disk.ts';
import { encodeGpt, readGpt, usableSectors } from '../../../toolkit/formats/gpt/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { sha256 } from '../support/bytes.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const MIB = 1024 * 1024;
const LAYOUT: DiskLayout = {
  size: 16 * MIB,
  sectorSize: 512,
  uuid: '11111111-2222-3333-4444-555555555555',
  partitions: [
    {
      name: 'esp',
      type: PARTITION_TYPES.esp,
      uuid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      startLba: 2048,
      endLba: 4095,
      attributes: 0n,
    },
    {
      name: 'r\u00f6\u00f6t',
      type: PARTITION_TYPES.rootX8664,
      uuid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeef',
      startLba: 4096,
      endLba: 32734,
      attributes: PARTITION_ATTRIBUTES.growFileSystem | PARTITION_ATTRIBUTES.legacyBootable,
    },
  ],
};

function disk(layout: DiskLayout, bootCode?: Uint8Array): Buffer {
  const bytes = Buffer.alloc(layout.size);
  for (const { offset, bytes: part } of encodeGpt(layout, bootCode === undefined ? {} : { bootCode })) {
    bytes.set(part, offset);
  }
  return bytes;
}

function read(bytes: Buffer, sectorSize: 512 | 4096 = 512): Promise<DiskLayout> {
  return readGpt(memorySource(bytes), bytes.length, sectorSize);
}

describe('encodeGpt', () => {
  it('round-trips, with 512 and with 4096 bytes a sector', async () => {
    expect(await read(disk(LAYOUT))).toEqual(LAYOUT);
    const large: DiskLayout = {
      ...LAYOUT,
      sectorSize: 4096,
      partitions: [{ ...LAYOUT.partitions[0]!, startLba: 256, endLba: 511 }],
    };
    expect(await read(disk(large), 4096)).toEqual(large);
  });

  it('writes the same bytes as ever', () => {
    const parts = encodeGpt(LAYOUT);
    expect(parts.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [0, 34 * 512],
      [16 * MIB - 33 * 512, 33 * 512],
    ]);
    expect(sha256(Buffer.concat(parts.map(({ bytes }) => bytes)))).toBe(
      '4bd9d3c90aec714f517d511bf9ef05a8191bc4f25dbe4dfdf3c34e735f295297',
    );
  });

  it('puts a boot program before the partition of the MBR', () => {
    const bytes = disk(LAYOUT, Buffer.alloc(440, 0x90));
    expect(bytes.subarray(438, 442).toString('hex')).toBe('90900000');
    expect(() => disk(LAYOUT, Buffer.alloc(441))).toThrow(expect.objectContaining({ code: 'GPT_BOOT_CODE' }));
  });

  it('leaves 34 sectors before and 33 after the partitions', () => {
    expect(usableSectors(16 * MIB, 512)).toEqual({ first: 34, last: 32734 });
    expect(usableSectors(16 * MIB, 4096)).toEqual({ first: 6, last: 4090 });
  });

  const [first, second] = [LAYOUT.partitions[0]!, LAYOUT.partitions[1]!];
  it.each([
    ['overlapping partitions', { partitions: [first, { ...second, startLba: 4095 }] }],
    ['a partition in the primary table', { partitions: [{ ...first, startLba: 33 }] }],
    ['a partition in the backup table', { partitions: [{ ...second, endLba: 32735 }] }],
    ['a partition that ends before it starts', { partitions: [{ ...first, endLba: 2047 }] }],
    ['two partitions with one GUID', { partitions: [first, { ...second, uuid: first.uuid.toUpperCase() }] }],
    ['a name of 37 characters', { partitions: [{ ...first, name: 'n'.repeat(37) }] }],
    ['a GUID that is none', { uuid: 'root' }],
    ['a size that is no multiple of a sector', { size: 16 * MIB + 1 }],
    ['a disk without room', { size: 67 * 512, partitions: [] }],
  ])('refuses %s', (_title, change) => {
    expect(() => encodeGpt({ ...LAYOUT, ...change })).toThrow(
      expect.objectContaining({ code: 'GPT_LAYOUT' }),
    );
  });
});

describe('readGpt', () => {
  it('notices any changed byte of both tables', async () => {
    const good = disk(LAYOUT);
    const places = [446 + 4, 510, ...[0, 8, 16, 20, 40, 72, 88].map((at) => 512 + at), 1024, 1024 + 127];
    const backup = [good.length - 512, good.length - 512 + 24, good.length - 33 * 512 + 5];
    for (const at of [...places, ...backup]) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await expect(read(bytes), `byte ${at}`).rejects.toMatchObject({ code: 'GPT_INVALID' });
    }
  });

  it('notices a disk that was cut or made longer', async () => {
    const good = disk(LAYOUT);
    for (const bytes of [good.subarray(0, good.length - 512), Buffer.concat([good, Buffer.alloc(512)])]) {
      await expect(read(bytes)).rejects.toMatchObject({ code: 'GPT_INVALID' });
    }
  });

  it('refuses garbage and nothing', async () => {
    await expect(read(Buffer.alloc(MIB, 0x55))).rejects.toMatchObject({ code: 'GPT_INVALID' });
    await expect(readGpt(memorySource(Buffer.alloc(0)), 0, 512)).rejects.toMatchObject({
      code: 'GPT_INVALID',
    });
  });
});

describe('a disk of ours', () => {
  judged('sgdisk')('has no problem that sgdisk finds', () => {
    using folder = tempFolder('gpt-');
    const path = join(folder.path, 'disk.raw');
    writeFileSync(path, disk(LAYOUT));
    expect(runTool(['sgdisk', '-v', path]).toString()).toContain('No problems found');
    const info = runTool(['sgdisk', '-i', '2', path]).toString();
    expect(info).toContain(PARTITION_TYPES.rootX8664.toUpperCase());
    expect(info).toContain('AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEF');
    expect(info).toContain('First sector: 4096');
    expect(info).toContain('Attribute flags: 0800000000000004');
  });

  judged('sfdisk')('is what sfdisk reads', () => {
    using folder = tempFolder('gpt-');
    const path = join(folder.path, 'disk.raw');
    writeFileSync(path, disk(LAYOUT));
    runTool(['sfdisk', '--verify', path]);
    const { partitiontable } = JSON.parse(runTool(['sfdisk', '--json', path]).toString());
    expect(partitiontable).toMatchObject({
      label: 'gpt',
      id: '11111111-2222-3333-4444-555555555555',
      firstlba: 34,
      lastlba: 32734,
      partitions: [
        { start: 2048, size: 2048, name: 'esp' },
        { start: 4096, size: 28639, name: 'r\u00f6\u00f6t' },
      ],
    });
  });
});
