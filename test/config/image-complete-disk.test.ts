import { describe, expect, it } from 'vitest';
import { knownStarts } from '../../toolkit/config/image-complete-disk.ts';

const MIB = 1024 ** 2;

describe('knownStarts', () => {
  it('puts each behind one whose end is known', () => {
    const partitions = [
      { id: 'esp', size: '512M' },
      { id: 'root', end: '3000M' },
      { id: 'home' },
      { id: 'var' },
      { id: 'last', start: '9000M' },
    ];
    expect(knownStarts({ partitions })).toEqual([MIB, 513 * MIB, 3000 * MIB, undefined, 9000 * MIB]);
  });

  it('leaves logical partitions to the layout', () => {
    const partitions = ['a', 'b', 'c', 'd'].map((id) => ({ id, size: '1M' }));
    expect(knownStarts({ table: 'mbr', partitions })).toEqual([MIB, 2 * MIB, 3 * MIB, undefined]);
  });
});
