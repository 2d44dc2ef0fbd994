import { describe, expect, it } from 'vitest';
import { diskGeometry } from '../../../toolkit/formats/vhd/geometry.ts';
import { planDynamicVhd, planFixedVhd } from '../../../toolkit/formats/vhd/index.ts';
import { askQemu, DISK_SIZE, EXTENTS, MIB, planDigest } from '../support/image.ts';
import { judged } from '../support/judge.ts';

const IDENTITY = { uuid: '00112233-4455-6677-8899-aabbccddeeff', timestamp: 1_700_000_000 };

describe('planFixedVhd', () => {
  it('is the raw disk and a footer', () => {
    const [copy, footer] = [...planFixedVhd(4 * MIB, [{ offset: 512, length: 1024 }], IDENTITY).chunks()];
    expect(copy).toEqual({ offset: 512, copyFrom: { sourceOffset: 512, length: 1024 } });
    const bytes = Buffer.from(footer !== undefined && 'bytes' in footer ? footer.bytes : []);
    expect(bytes.subarray(0, 88).toString('hex')).toBe(
      `${Buffer.from('conectix').toString('hex')}0000000200010000ffffffffffffffff2ce6ad80` +
        `${Buffer.from('qem2').toString('hex')}00010000${Buffer.from('Wi2k').toString('hex')}` +
        '00000000004000000000000000400000' +
        '00780411' +
        '00000002ffffe68e00112233445566778899aabbccddeeff00000000',
    );
    expect(bytes.subarray(88).every((byte) => byte === 0)).toBe(true);
  });

  it('writes the same bytes as ever', () => {
    expect(planDigest(planFixedVhd(DISK_SIZE, EXTENTS, IDENTITY))).toBe(
      '0057191a40933b59f77960322596715973d2ca722c14e5ad80c203943585b680',
    );
  });

  it.each([0, 511, 513, -512, Number.NaN, 2041 * 1024 ** 3])('refuses a disk of %d bytes', (size) => {
    expect(() => planFixedVhd(size, [], IDENTITY)).toThrow(expect.objectContaining({ code: 'VHD_SIZE' }));
  });

  judged('qemu-img')('holds the disk, whole and with its size, for qemu-img', () => {
    const plan = planFixedVhd(DISK_SIZE, EXTENTS, IDENTITY);
    expect(askQemu(plan, 'vpc', DISK_SIZE, EXTENTS).virtualSize).toBe(DISK_SIZE);
  });
});

describe('planDynamicVhd', () => {
  it('writes the same bytes as ever', () => {
    expect(planDigest(planDynamicVhd(DISK_SIZE, EXTENTS, IDENTITY))).toBe(
      'bdf92de3e9a832145494073465490c267b912f66b076f7737a55557c9a91b9f6',
    );
  });

  it('holds only the blocks that are used', () => {
    const blocks = 6;
    const table = Math.ceil((((DISK_SIZE / MIB + 1) / 2) * 4) / 512) * 512;
    const { size } = planDynamicVhd(DISK_SIZE, EXTENTS, IDENTITY);
    expect(size).toBe(1536 + table + blocks * (512 + 2 * MIB) + 512);
  });

  judged('qemu-img')('holds the disk, whole and with its size, for qemu-img', () => {
    const plan = planDynamicVhd(DISK_SIZE, EXTENTS, IDENTITY);
    expect(askQemu(plan, 'vpc', DISK_SIZE, EXTENTS)).toEqual({ format: 'vpc', virtualSize: DISK_SIZE });
  });

  judged('qemu-img')('may be empty', () => {
    expect(askQemu(planDynamicVhd(MIB, [], IDENTITY), 'vpc', MIB, []).virtualSize).toBe(MIB);
  });
});

describe('diskGeometry', () => {
  it.each([
    [8192, { cylinders: 120, heads: 4, sectorsPerTrack: 17 }],
    [2 ** 21, { cylinders: 2080, heads: 16, sectorsPerTrack: 63 }],
    [2 ** 32, { cylinders: 65535, heads: 16, sectorsPerTrack: 255 }],
  ])('of %d sectors is what the algorithm of the specification gives', (sectors, expected) => {
    expect(diskGeometry(sectors)).toEqual(expected);
  });
});
