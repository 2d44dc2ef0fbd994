import { describe, expect, it } from 'vitest';
import { planArea } from '../../../toolkit/stages/disk-to-artifacts/formats.ts';

describe('planArea', () => {
  it('copies what of the extents lies in the area, and counts from its start', () => {
    const extents = [
      { offset: 0, length: 100 },
      { offset: 950, length: 100 },
      { offset: 1500, length: 10 },
      { offset: 1990, length: 50 },
      { offset: 3000, length: 5 },
    ];
    const plan = planArea(extents, { offset: 1000, size: 1000 });
    expect(plan.size).toBe(1000);
    expect([...plan.chunks()]).toEqual([
      { offset: 0, copyFrom: { sourceOffset: 1000, length: 50 } },
      { offset: 500, copyFrom: { sourceOffset: 1500, length: 10 } },
      { offset: 990, copyFrom: { sourceOffset: 1990, length: 10 } },
    ]);
  });
});
