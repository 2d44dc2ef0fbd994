import { describe, expect, it } from 'vitest';
import { labelFinder } from '../../../toolkit/formats/file-contexts/index.ts';

const CONTEXTS = `
# All that no other rule is about.
/.*                    system_u:object_r:default_t:s0
/                  -d  system_u:object_r:root_t:s0
/usr/bin(/.*)?         system_u:object_r:bin_t:s0
/usr/bin/su        --  system_u:object_r:su_exec_t:s0
/usr/bin/s.        --  system_u:object_r:other_t:s0
/usr/lib(64)?/x\\.so.*  -- system_u:object_r:lib_t:s0
/dev/null          -c  system_u:object_r:null_device_t:s0
/proc(/.*)?            <<none>>
/(etc|opt)/key         system_u:object_r:key_t:s0
`;
const label = (type: string) => `system_u:object_r:${type}:s0`;

describe('labelFinder', () => {
  const labelOf = labelFinder({
    contexts: [CONTEXTS, '/home/[^/]+/\\.ssh(/.*)? user_u:object_r:ssh_t:s0\n'],
    substitutions: ['/srv/own /home\n', '/usr/local/bin /usr/bin\n/run /var/run\n'],
  });

  it.each([
    ['/', 'directory', label('root_t')],
    ['/x', 'file', label('default_t')],
    ['/usr/bin', 'directory', label('bin_t')],
    // What has no wildcard counts before what comes after it.
    ['/usr/bin/su', 'file', label('su_exec_t')],
    ['/usr/bin/su', 'symlink', label('bin_t')],
    ['/usr/bin/sh', 'file', label('other_t')],
    ['/usr/local/bin/su', 'file', label('su_exec_t')],
    ['/usr/lib/x.so.1\n', 'file', label('lib_t')],
    ['/usr/lib64/x.so', 'file', label('lib_t')],
    ['/usr/lib64/xxso', 'file', label('default_t')],
    ['/dev/null', 'char', label('null_device_t')],
    ['/proc/x', 'file', undefined],
    ['/opt/key', 'file', label('key_t')],
    ['/srv/own/a/.ssh/k', 'file', 'user_u:object_r:ssh_t:s0'],
  ] as const)('labels %j, a %s, with %s', (path, type, expected) => {
    expect(labelOf(path, type)).toBe(expected);
  });

  it.each(['/a', '/a -x l', '/a -d l more', '/a( l'])('refuses %j', (line) => {
    expect(() => labelFinder({ contexts: [line], substitutions: [] })).toThrow(
      expect.objectContaining({ code: 'SELINUX_CONTEXTS' }),
    );
  });
});
