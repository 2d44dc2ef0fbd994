import { describe, expect, it } from 'vitest';
import { namedBy, parseFstab } from '../../toolkit/domain/fstab.ts';

describe('parseFstab', () => {
  it('gives what is mounted, without comments and with defaults', () => {
    const text = '# a comment\n\nUUID=12 /  ext4\tnoatime 0 1\nPARTLABEL=home /home/ ext4\nproc /proc proc';
    expect(parseFstab(text).map(({ source, mount, options }) => [source, mount, options])).toEqual([
      ['UUID=12', '/', 'noatime'],
      ['PARTLABEL=home', '/home', 'defaults'],
      ['proc', '/proc', 'defaults'],
    ]);
  });
});

describe('namedBy', () => {
  const [entry] = parseFstab('PARTUUID=AB-12 / ext4');

  it('knows a partition by any of its names, and UUIDs in either case', () => {
    expect(namedBy(entry!, { partuuid: 'ab-12' })).toBe('partuuid');
    expect(namedBy(parseFstab('LABEL="my data" /d ext4')[0]!, { label: 'x' })).toBeUndefined();
    expect(namedBy(parseFstab('LABEL="data" /d ext4')[0]!, { label: 'data' })).toBe('label');
  });

  it('does not take one name for another, nor a missing one', () => {
    expect(namedBy(entry!, { uuid: 'ab-12' })).toBeUndefined();
    expect(namedBy(parseFstab('LABEL= /d ext4')[0]!, { label: '' })).toBeUndefined();
    expect(namedBy(parseFstab('LABEL=Data /d ext4')[0]!, { label: 'data' })).toBeUndefined();
    expect(namedBy(parseFstab('/dev/sda1 /d ext4')[0]!, { partuuid: '/dev/sda1' })).toBeUndefined();
  });
});
