import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../toolkit/host/tree/install.ts';
import { parseXattrs } from '../../../toolkit/host/tree/xattrs.ts';

describe('parseXattrs', () => {
  it('reads names, values and escaped paths, sorted by name, without what the host labels', () => {
    const dump = [
      '# file: usr/bin/ping',
      'security.capability=0x0100000200200000000000000000000000000000',
      '',
      '# file: a\\012b',
      'user.b=0x00ff',
      'user.a',
      'security.selinux=0x61',
      '',
      '# file: .',
      'user.top=0x62',
      '',
      '# file: labelled',
      'security.selinux=0x61',
      '',
    ].join('\n');
    const found = parseXattrs(dump);
    expect([...found.keys()]).toEqual(['usr/bin/ping', 'a\nb', '']);
    expect(found.get('a\nb')).toEqual([
      { name: 'user.a', value: new Uint8Array() },
      { name: 'user.b', value: new Uint8Array([0, 255]) },
    ]);
    expect(found.get('usr/bin/ping')?.[0]?.value).toHaveLength(20);
  });
});

describe('what rpm says', () => {
  it.each([
    ['warning: user keeper does not exist - using root', true],
    ['warning: %post(odd-1-1.x86_64) scriptlet failed, exit status 1', true],
    ['error: unpacking of archive failed on file /x', true],
    ['warning: private mounts in chroot not implemented', false],
    ['warning: /etc/x created as /etc/x.rpmnew', false],
  ])('%s: failure %s', (line, expected) => {
    expect(isFailure(line)).toBe(expected);
  });
});
