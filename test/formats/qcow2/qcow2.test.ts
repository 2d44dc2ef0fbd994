import { describe, expect, it } from 'vitest';
import { CLUSTER_SIZE } from '../../../toolkit/formats/qcow2/header.ts';
import { planQcow2 } from '../../../toolkit/formats/qcow2/index.ts';
import { planLayout } from '../../../toolkit/formats/qcow2/layout.ts';
import { askQemu, DISK_SIZE, EXTENTS, MIB, planDigest } from '../support/image.ts';
import { judged } from '../support/judge.ts';

describe('planQcow2', () => {
  it('writes the same bytes as ever', () => {
    expect(planDigest(planQcow2(DISK_SIZE, EXTENTS))).toBe(
      'bf31e7322d6b66481af65020039023b7a0afb6d3e32866c48ab666ba2af2363f',
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
