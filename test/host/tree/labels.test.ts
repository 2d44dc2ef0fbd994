import { describe, expect, it } from 'vitest';
import { latin1Bytes, latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import { putFile, type Tree } from '../../../toolkit/domain/image-tree.ts';
import { readNode } from '../../../toolkit/host/tree/complete.ts';
import { labelTree } from '../../../toolkit/host/tree/labels.ts';

const POLICY = '/etc/selinux/own/contexts/files/file_contexts';
const FILES = {
  '/etc/selinux/config': '# What starts.\nSELINUX=disabled\nSELINUXTYPE=own\n',
  [POLICY]: '/.* a:b:file:s0\n/etc(/.*)? a:b:etc:s0\n/proc <<none>>\n',
  '/etc/a': 'a',
  '/proc': '',
  '/usr/x': 'x',
};

function treeOf(files: Readonly<Record<string, string>>): Tree {
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 5, size: 0 };
  const tree: Tree = new Map([['', { ...plain, type: 'directory' }]]);
  for (const [path, text] of Object.entries(files)) {
    const bytes = latin1Bytes(text);
    putFile(tree, path, { ...plain, size: bytes.length, content: { kind: 'bytes', bytes } });
  }
  tree.set('usr/y', { ...plain, type: 'hardlink', target: 'usr/x' });
  return tree;
}

const job = { selinux: { mode: 'enforcing' }, epoch: 9 } as const;

describe('labelTree', () => {
  it("gives everything the label of the image's own policy, and the policy its mode", () => {
    const tree = treeOf(FILES);
    tree.set('etc/a', {
      ...tree.get('etc/a')!,
      xattrs: [{ name: 'security.capability', value: latin1Bytes('c') }],
    });
    labelTree(tree, job);
    const labels = (path: string) =>
      tree.get(path)!.xattrs?.map(({ name, value }) => `${name}=${latin1Text(value)}`);
    expect(labels('etc/a')).toEqual(['security.capability=c', 'security.selinux=a:b:etc:s0\0']);
    expect(labels('')).toEqual(['security.selinux=a:b:file:s0\0']);
    expect(labels('proc')).toEqual([]);
    expect(labels('usr/y')).toBeUndefined();
    expect(latin1Text(readNode(tree, 'etc/selinux/config')!)).toBe(
      '# What starts.\nSELINUX=enforcing\nSELINUXTYPE=own\n',
    );
  });

  it('labels what overlays write as where it is seen, and notes that for later', () => {
    const tree = treeOf({
      ...FILES,
      '/etc/selinux/own/policy/policy.33': 'xx no_access_t xx',
      [`${POLICY}.subs`]: '/old /usr\n',
      '/var/upper/a': 'a',
      '/var/work.d/a': 'a',
      '/var/workxd/a': 'a',
    });
    const overlays = [{ mount: '/etc', upper: '/var/upper', work: '/var/work.d' }];
    const selinux = { mode: 'enforcing', overlays } as const;
    labelTree(tree, { ...job, selinux });
    const label = (path: string) => latin1Text(tree.get(path)!.xattrs![0]!.value);
    expect(label('var/upper')).toBe('a:b:etc:s0\0');
    expect(label('var/upper/a')).toBe('a:b:etc:s0\0');
    expect(label('var/work.d/a')).toBe('system_u:object_r:no_access_t:s0\0');
    expect(label('var/workxd/a')).toBe('a:b:file:s0\0');
    const text = (path: string) => latin1Text(readNode(tree, path)!);
    expect(text(`${POLICY}.subs`)).toBe('/old /usr\n/var/upper /etc\n');
    labelTree(tree, { ...job, selinux });
    expect(text(`${POLICY}.subs`)).toBe('/old /usr\n/var/upper /etc\n');
    expect(text(`${POLICY}.local`).split('\n')).toHaveLength(2);
  });

  it('does nothing where no mode is asked for', () => {
    const tree = treeOf(FILES);
    labelTree(tree, { ...job, selinux: undefined });
    expect(tree.get('usr/x')!.xattrs).toBeUndefined();
  });

  it('refuses an image without a policy, and a kernel without SELinux', () => {
    expect(() => labelTree(treeOf({ '/a': 'a' }), job)).toThrow(/no SELinux policy: .*targeted/);
    const tree = treeOf({ ...FILES, '/boot/config-1': '# CONFIG_SECURITY_SELINUX is not set\n' });
    expect(() => labelTree(tree, job)).toThrow(/the kernel has no SELinux/);
  });
});
