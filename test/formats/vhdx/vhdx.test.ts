import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../toolkit/formats/crc32c.ts';
import type { ImagePlan } from '../../../toolkit/formats/image.ts';
import { planVhdx } from '../../../toolkit/formats/vhdx/index.ts';
import { askQemu, DISK_SIZE, EXTENTS, MIB, planDigest } from '../support/image.ts';
import { judged } from '../support/judge.ts';

const IDENTITY = {
  diskUuid: '00112233-4455-6677-8899-aabbccddeeff',
  fileWriteUuid: '10112233-4455-6677-8899-aabbccddeeff',
  dataWriteUuid: '20112233-4455-6677-8899-aabbccddeeff',
};

function bytesAt(plan: ImagePlan, offset: number): Buffer {
  for (const chunk of plan.chunks()) {
    if (chunk.offset === offset && 'bytes' in chunk) {
      return Buffer.from(chunk.bytes);
    }
  }
  throw new Error(`nothing at ${offset}`);
}

describe('planVhdx', () => {
  it('writes the same bytes as ever', () => {
    expect(planDigest(planVhdx(DISK_SIZE, EXTENTS, IDENTITY))).toBe(
      'cc04757bb38bf2d746d641e8dae18c25c9a5af6256004fd63a64e5aecb848f53',
    );
  });

  it('puts every block at a whole MiB of the file', () => {
    const plan = planVhdx(DISK_SIZE, EXTENTS, IDENTITY);
    expect(plan.size).toBe((4 + 6 * 2) * MIB);
  });

  it.each([65536, 131072])('has a checksum in the header at %d', (offset) => {
    const header = bytesAt(planVhdx(MIB, [], IDENTITY), offset);
    const expected = header.readUInt32LE(4);
    header.writeUInt32LE(0, 4);
    expect(crc32c(header)).toBe(expected);
    expect(header.subarray(48, 64).every((byte) => byte === 0)).toBe(true);
  });

  it.each([0, 100, -512, Number.NaN, 65 * 1024 ** 4])('refuses a disk of %d bytes', (size) => {
    expect(() => planVhdx(size, [], IDENTITY)).toThrow(expect.objectContaining({ code: 'VHDX_SIZE' }));
  });

  judged('qemu-img')('holds the disk, whole and without a problem, for qemu-img', () => {
    const plan = planVhdx(DISK_SIZE, EXTENTS, IDENTITY);
    expect(askQemu(plan, 'vhdx', DISK_SIZE, EXTENTS)).toEqual({ format: 'vhdx', virtualSize: DISK_SIZE });
  });

  judged('qemu-img')('may be empty', () => {
    expect(askQemu(planVhdx(3 * MIB, [], IDENTITY), 'vhdx', 3 * MIB, []).virtualSize).toBe(3 * MIB);
  });
});

describe('planVhdx of a fixed disk', () => {
  const extents = [{ offset: 5 * MIB, length: MIB }];

  it('has every block, also the empty ones, and says that they stay', () => {
    const plan = planVhdx(9 * MIB, extents, IDENTITY, 'fixed');
    expect(plan.size).toBe((4 + 5 * 2) * MIB);
    const table = bytesAt(plan, 3 * MIB);
    const entries = Array.from({ length: 5 }, (_, block) => table.readBigUInt64LE(block * 8));
    expect(entries).toEqual([4n, 6n, 8n, 10n, 12n].map((place) => (place << 20n) | 6n));
    const [fixed, dynamic] = [plan, planVhdx(9 * MIB, extents, IDENTITY)].map((made) =>
      bytesAt(made, 2 * MIB),
    );
    expect([fixed!.readUInt32LE(65540), dynamic!.readUInt32LE(65540)]).toEqual([1, 0]);
    expect([...plan.chunks()].at(-1)).toEqual({
      offset: 9 * MIB,
      copyFrom: { sourceOffset: 5 * MIB, length: MIB },
    });
  });

  judged('qemu-img')('holds the disk, whole and without a problem, for qemu-img', () => {
    const plan = planVhdx(9 * MIB, extents, IDENTITY, 'fixed');
    expect(askQemu(plan, 'vhdx', 9 * MIB, extents)).toEqual({ format: 'vhdx', virtualSize: 9 * MIB });
  });
});

describe('crc32c', () => {
  it.each([
    ['32 zero bytes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
  ])('of %s is as in RFC 3720, B.4', (_title, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});
