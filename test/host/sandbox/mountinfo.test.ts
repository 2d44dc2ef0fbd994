import { describe, expect, it } from 'vitest';
import { lockedFlags, mountOf, parseMountInfo } from '../../../toolkit/host/sandbox/mountinfo.ts';

const MOUNTS = parseMountInfo(
  [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
    '30 22 0:30 / /home rw,nosuid,nodev,noatime shared:7 master:1 - btrfs /dev/sdb rw',
    '31 22 0:31 / /mnt/a\\040b ro,noexec - nfs4 server:/x rw',
    '32 30 0:32 / /home rw - tmpfs tmpfs rw',
    '',
  ].join('\n'),
);

describe('mountOf', () => {
  it.each([
    ['/etc/passwd', 'ext4'],
    ['/', 'ext4'],
    ['/homes', 'ext4'],
    ['/mnt/a b/c', 'nfs4'],
    ['/mnt/a b', 'nfs4'],
  ])('finds the mount of %s', (path, type) => {
    expect(mountOf(MOUNTS, path)?.type).toBe(type);
  });

  it('takes the later of two mounts on one place', () => {
    expect(mountOf(MOUNTS, '/home/eve')?.type).toBe('tmpfs');
  });
});

describe('lockedFlags', () => {
  it('lists what a remount has to keep', () => {
    expect(lockedFlags(MOUNTS[1])).toBe(',nosuid,nodev,noatime');
    expect(lockedFlags(MOUNTS[3])).toBe('');
    expect(lockedFlags(undefined)).toBe('');
  });
});
