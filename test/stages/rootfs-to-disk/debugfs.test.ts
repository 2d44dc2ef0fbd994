import { describe, expect, it } from 'vitest';
import { debugfsXattrs } from '../../../toolkit/stages/rootfs-to-disk/debugfs.ts';

describe('debugfsXattrs', () => {
  it('writes each different value once and doubles quotes', () => {
    const xattrs = [
      { path: 'a', name: 'user.x', value: 'eA==' },
      { path: 'b "c"', name: 'user.y', value: 'eA==' },
      { path: 'd', name: 'user.x', value: 'eQ==' },
    ];
    expect(debugfsXattrs(xattrs, '/w')).toEqual({
      commands:
        'ea_set -f /w/xattr-0 "/a" "user.x"\nea_set -f /w/xattr-0 "/b ""c""" "user.y"\nea_set -f /w/xattr-1 "/d" "user.x"\n',
      values: [
        { name: 'xattr-0', base64: 'eA==' },
        { name: 'xattr-1', base64: 'eQ==' },
      ],
    });
  });

  it('refuses a path that would be two commands', () => {
    expect(() => debugfsXattrs([{ path: 'a\nrm b', name: 'user.x', value: '' }], '/w')).toThrow(/line break/);
  });
});
