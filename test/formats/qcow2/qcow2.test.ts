import { describe, expect, it } from 'vitest';
import { CLUSTER_SIZE } from '../../../toolkit/formats/qcow2/header.ts';
import { planQcow2 } from '../../../toolkit/formats/qcow2/index.ts';
import { planLayout } from '../../../toolkit/formats/qcow2/layout.ts';
import { askQemu, DISK_SIZE, EXTENTS, MIB, planDigest } from '../support/image.ts';
import { judged } from '../support/judge.ts';

describe('planQcow2', () => {
  it('writes the same bytes as ever', () => {
    expect(planDigest(planQcow2(DISK_SIZE, EXTENTS))).toBe(
      '0106ca19ca01a520c4e3b1b32e6d5f1fa932c89bc994e254ce272ce6a65e3901',
    );
  });

  it.each([0, 100, -512, Number.NaN, 65 * 1024 ** 4])('refuses a disk of %d bytes', (size) => {
    expect(() => planQcow2(size, [])).toThrow(expect.objectContaining({ code: 'QCOW2_SIZE' }));
  });

  judged('qemu-img')('holds the disk, whole and without a problem, for qemu-img', () => {
    const plan = planQcow2(DISK_SIZE, EXTENTS);
    expect(askQemu(plan, 'qcow2', DISK_SIZE, EXTENTS)).toEqual({ format: 'qcow2', virtualSize: DISK_SIZE });
  });

  judged('qemu-img')('may be empty', () => {
    expect(askQemu(planQcow2(3 * MIB, []), 'qcow2', 3 * MIB, []).virtualSize).toBe(3 * MIB);
  });
});

describe('planLayout', () => {
  it.each([1, 32_000, 32_768, 70_000])('has references enough for a file of %d data clusters', (count) => {
    const clusters = Array.from({ length: count }, (_, index) => index);
    const { refcountBlocks, total } = planLayout(count * CLUSTER_SIZE, clusters);
    expect(refcountBlocks.count * (CLUSTER_SIZE / 2)).toBeGreaterThanOrEqual(total);
    expect((refcountBlocks.count - 1) * (CLUSTER_SIZE / 2)).toBeLessThan(total);
  });
});
