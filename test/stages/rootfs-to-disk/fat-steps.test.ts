import { describe, expect, it } from 'vitest';
import { latin1Bytes } from '../../../toolkit/domain/image-bytes.ts';
import type { ImagePartition } from '../../../toolkit/domain/image-config/disk.ts';
import type { Volume } from '../../../toolkit/domain/layout.ts';
import type { EntryType, ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { fatSteps } from '../../../toolkit/stages/rootfs-to-disk/fat-steps.ts';

const MIB = 1024 ** 2;
const partition: ImagePartition = {
  ...{
    id: 'data',
    name: undefined,
    type: undefined,
    flags: [],
    start: undefined,
    size: 64 * MIB,
    grow: false,
  },
  ...{ fileSystem: 'vfat', label: undefined, mount: '/data', mountOptions: undefined, mountBy: 'uuid' },
  ...{ removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
};
const volume: Volume = {
  ...{ partition, uuid: '1234-ABCD', number: 1, offset: MIB, size: 64 * MIB, inodes: 0, journalMib: 0 },
};
const entry = (path: string, type: EntryType, more: Partial<ManifestEntry> = {}): ManifestEntry => ({
  ...{ path: latin1Bytes(path), type, mode: 0o755, uid: 0, gid: 0, mtime: 5, size: 0, xattrs: [] },
  ...more,
});
const lines = (entries: readonly ManifestEntry[], files: readonly (readonly [string, string])[] = []) =>
  fatSteps(volume, { entries, files }, 1).map(({ argv }) => argv.join(' '));

describe('fatSteps', () => {
  it('makes folders and copies files in the order of the tree; boot programs take the place of its files', () => {
    const tree = [
      ...[entry('', 'directory'), entry('EFI', 'directory'), entry('EFI/boot.efi', 'file')],
      entry('a', 'file'),
    ];
    const said = lines(tree, [['/work/boot.efi', '/efi/BOOT.EFI']]);
    expect(said.find((line) => line.startsWith('mmd'))).toMatch(/ ::\/efi$/);
    expect(said.filter((line) => line.startsWith('mcopy')).map((line) => line.split(' ').at(-1))).toEqual([
      ...['::/efi/BOOT.EFI', '::/a'],
    ]);
    expect(said.find((line) => line.startsWith('mformat'))).toMatch(/ -F -N 1234ABCD /);
  });

  it.each([
    [/'data': \/l is a symlink/, entry('l', 'symlink')],
    [/\/f does not belong to root/, entry('f', 'file', { gid: 5 })],
    [
      /\/f has the attribute user.x/,
      entry('f', 'file', { xattrs: [{ name: 'user.x', value: Buffer.of(1) }] }),
    ],
    [/\/a:b has a name/, entry('a:b', 'file')],
    [/\/A differs .* in the case/, entry('A', 'file')],
  ])('refuses what FAT cannot hold: %s', (message, odd) => {
    expect(() => lines([entry('', 'directory'), entry('a', 'file'), odd])).toThrow(message);
  });
});
