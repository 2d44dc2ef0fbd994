import { describe, expect, it } from 'vitest';
import { latin1Bytes, latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { ComposeJob } from '../../../toolkit/domain/image-job.ts';
import { makeFolders, putFile, type Tree } from '../../../toolkit/domain/image-tree.ts';
import { completeTree, readNode } from '../../../toolkit/host/tree/complete.ts';

const EPOCH = 1_700_000_000;
const OLDER = EPOCH - 100;

const job: ComposeJob = {
  target: '/target',
  out: '/out',
  rpms: [],
  dbPath: '/usr/lib/sysimage/rpm',
  epoch: EPOCH,
  devices: [],
  groups: [],
  users: [],
  machineId: '',
  files: [],
  services: { enable: [], disable: [], mask: [] },
  drop: [],
  extracts: [],
};

function complete(...files: readonly string[]): Tree {
  const folder = { mode: 0o755, uid: 0, gid: 0, mtime: OLDER, size: 0 };
  const tree: Tree = new Map([['', { ...folder, type: 'directory' }]]);
  for (const path of ['/etc', '/usr', '/var']) makeFolders(tree, path, OLDER);
  const bytes = latin1Bytes('content');
  for (const path of files) {
    putFile(tree, path, { ...folder, size: bytes.length, content: { kind: 'bytes', bytes } });
  }
  completeTree(tree, job, { from: EPOCH + 1000, to: EPOCH + 2000 });
  return tree;
}

describe('completeTree', () => {
  it('tells systemd that nothing is left to be done at the first boot', () => {
    const tree = complete('/usr/lib/systemd/systemd');
    expect(tree.get('etc/machine-id')).toMatchObject({ type: 'file', mode: 0o444, size: 0 });
    for (const path of ['etc/.updated', 'var/.updated']) {
      expect(tree.get(path)?.mtime).toBe(tree.get('usr')?.mtime);
      expect(latin1Text(readNode(tree, path) ?? new Uint8Array())).toContain(
        `\nTIMESTAMP_NSEC=${OLDER}000000000\n`,
      );
    }
  });

  it('adds none of that where there is no systemd', () => {
    expect([...complete('/usr/bin/busybox').keys()].sort()).toEqual([
      '',
      'etc',
      'usr',
      'usr/bin',
      'usr/bin/busybox',
      'var',
    ]);
  });

  it('empties a machine-id that is there', () => {
    expect(complete('/etc/machine-id').get('etc/machine-id')).toMatchObject({ size: 0, mtime: EPOCH });
  });
});
