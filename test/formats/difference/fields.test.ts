import { describe, expect, it } from 'vitest';
import { formatField } from '../../../toolkit/formats/difference/index.ts';

describe('formatField', () => {
  it.each([
    ['vhd', 10_000 - 512 + 24, 'footer: time stamp'],
    ['vhd-dynamic', 10_000 - 512 + 70, 'footer: unique id'],
    ['vhd', 10_000 - 1, 'footer'],
    ['vhd', 20, ''],
    ['vhdx', 70_000, 'header 1'],
    ['qcow2', 8, 'header'],
    ['vdi', 400, 'header: UUIDs'],
    ['iso', 32_768 + 820, 'primary volume descriptor: dates'],
    ['iso', 32_768 + 40, 'primary volume descriptor'],
    ['raw', 8, ''],
  ])('%s: byte %i is in the "%s"', (format, offset, expected) => {
    expect(formatField(format, offset, 10_000)).toBe(expected);
  });
});
