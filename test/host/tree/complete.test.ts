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
  macros: {},
  dbPath: '/usr/lib/sysimage/rpm',
  epoch: EPOCH,
  devices: [],
  groups: [],
  users: [],
  timezone: undefined,
  machineId: '',
  files: [],
  folders: [],
  links: [],
  services: { enable: [], disable: [], mask: [] },
  removePackages: [],
  scripts: [],
  drop: [],
  extracts: [],
};

function complete(...files: readonly string[]): Tree {
  return completeJob(job, ...files);
}

function completeJob(wanted: ComposeJob, ...files: readonly string[]): Tree {
  const folder = { mode: 0o755, uid: 0, gid: 0, mtime: OLDER, size: 0 };
  const tree: Tree = new Map([['', { ...folder, type: 'directory' }]]);
  for (const path of ['/etc', '/usr', '/var']) makeFolders(tree, path, OLDER);
  const bytes = latin1Bytes('content');
  for (const path of files) {
    putFile(tree, path, { ...folder, size: bytes.length, content: { kind: 'bytes', bytes } });
  }
  completeTree(tree, wanted, { from: EPOCH + 1000, to: EPOCH + 2000 });
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

  it('says in the machine-id that nobody has set the machine up', () => {
    const tree = completeJob({ ...job, machineId: 'uninitialized\n' }, '/usr/lib/systemd/systemd');
    expect(latin1Text(readNode(tree, 'etc/machine-id')!)).toBe('uninitialized\n');
  });

  it('links the time zone, in the place of one that is there, and refuses one that is not', () => {
    const wanted = { ...job, timezone: 'Europe/Berlin' };
    const tree = completeJob(wanted, '/usr/share/zoneinfo/Europe/Berlin', '/etc/localtime');
    expect(tree.get('etc/localtime')).toMatchObject({
      ...{ type: 'symlink', target: '../usr/share/zoneinfo/Europe/Berlin', mtime: EPOCH },
    });
    expect(() => completeJob(wanted)).toThrow('there is no time zone Europe/Berlin in the image');
  });

  it('makes folders with their modes and owners, and changes of those that are there what is said', () => {
    const wanted = {
      ...job,
      groups: [{ name: 'ops', gid: 1500 }],
      folders: [
        { path: '/srv', mode: 0o711, existingMode: 0o700, group: 'ops' },
        { path: '/srv/new', mode: 0o711, existingMode: 0o700, group: 'ops' },
        { path: '/etc', mode: 0o711 },
      ],
    };
    const tree = completeJob(wanted, '/srv/old');
    expect(tree.get('srv')).toMatchObject({ mode: 0o700, gid: 0 });
    expect(tree.get('srv/new')).toMatchObject({ type: 'directory', mode: 0o711, gid: 1500 });
    expect(tree.get('etc')).toMatchObject({ mode: 0o755 });
    expect(tree.get('srv/old')).toMatchObject({ type: 'file' });
  });

  it('links in the place of a file, not of a folder', () => {
    const link = { path: '/srv/link', target: '../etc', group: 'ops' };
    const wanted = { ...job, groups: [{ name: 'ops', gid: 1500 }], links: [link] };
    const tree = completeJob(wanted, '/srv/link');
    expect(tree.get('srv/link')).toMatchObject({
      type: 'symlink',
      target: '../etc',
      gid: 1500,
      mtime: EPOCH,
    });
    expect(tree.get('etc')).toMatchObject({ gid: 0 });
    expect(() => completeJob(wanted, '/srv/link/inside')).toThrow('/srv/link is a directory');
  });

  it('gives files to groups that the configuration makes', () => {
    const file = { path: '/etc/secret', mode: 0o640, content: { text: 'x' } };
    const wanted = { ...job, groups: [{ name: 'ops', gid: 1500 }], files: [{ ...file, group: 'ops' }] };
    expect(completeJob(wanted).get('etc/secret')).toMatchObject({ uid: 0, gid: 1500, mode: 0o640 });
    expect(() => completeJob({ ...wanted, files: [{ ...file, owner: 'nobody' }] })).toThrow(
      '/etc/secret belongs to nobody',
    );
  });
});
