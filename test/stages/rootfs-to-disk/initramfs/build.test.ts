import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../../toolkit/domain/manifest.ts';
import { type CpioEntry, readCpio } from '../../../../toolkit/formats/cpio/index.ts';
import { buildInitramfs } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/build.ts';
import { ImageFiles } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/image-files.ts';
import { entry, sorted } from '../../../formats/support/manifest.ts';

const link = (path: string, target: string): ManifestEntry => ({
  ...entry(path, 'symlink'),
  target: Buffer.from(target),
});
const program = (path: string): ManifestEntry => ({ ...entry(path, 'file'), mode: 0o4755, size: 4 });
const fill = (_entry: ManifestEntry, _from: number, target: Uint8Array): void => void target.fill(0x23);

const tree = [
  link('bin', 'usr/bin'),
  ...['', 'usr', 'usr/bin', 'usr/sbin'].map((path) => entry(path, 'directory')),
  program('usr/bin/busybox'),
  ...['mount', 'sleep', 'stty'].map((name) => link(`usr/bin/${name}`, 'busybox')),
  link('usr/sbin/switch_root', '../bin/busybox'),
  program('usr/sbin/cryptsetup'),
  program('usr/bin/other'),
];

async function initramfs(
  entries: readonly ManifestEntry[],
): Promise<ReadonlyMap<string, CpioEntry['header']>> {
  const found = new Map<string, CpioEntry['header']>();
  for await (const { name, header } of readCpio(
    await buildInitramfs('trial', { unlocks: true }, { entries: sorted(...entries), read: fill, epoch: 7 }),
  )) {
    found.set(name.toString('latin1'), header);
  }
  return found;
}

describe('buildInitramfs', () => {
  it('has the programs of the image, the links to them and no more', async () => {
    const found = await initramfs(tree);
    expect([...found.keys()].filter((path) => path.startsWith('usr'))).toEqual([
      ...['usr', 'usr/bin', 'usr/bin/busybox', 'usr/bin/mount', 'usr/bin/sleep', 'usr/bin/stty', 'usr/sbin'],
      ...['usr/sbin/cryptsetup', 'usr/sbin/switch_root'],
    ]);
    expect(found.get('usr/sbin/cryptsetup')).toMatchObject({ mode: 0o100755, mtime: 7, size: 4 });
    expect(found.get('init')).toMatchObject({ mode: 0o100755 });
    expect(found.get('dev/console')).toMatchObject({ mode: 0o020600, specialMajor: 5, specialMinor: 1 });
  });

  it.each([
    ['usr/sbin/cryptsetup', 'no cryptsetup'],
    ['usr/bin/mount', 'no mount'],
    ['usr/sbin/switch_root', 'no switch_root'],
  ])('wants what opens the root: %s', async (path, said) => {
    const without = tree.filter((one) => latin1Text(one.path) !== path);
    await expect(initramfs(without)).rejects.toMatchObject({
      code: 'IMAGE_ENCRYPTION',
      message: expect.stringContaining(said),
      hint: expect.stringContaining("'cryptsetup'"),
    });
  });
});

describe('ImageFiles', () => {
  it('takes the libraries and the loader of a program with it', async () => {
    // This very program, as if it were an image's.
    const bytes = readFileSync(process.execPath);
    const names = ['libc.so.6', 'libstdc++.so.6', 'libm.so.6', 'libunneeded.so.1'];
    const node = { ...entry('usr/bin/node', 'file'), size: statSync(process.execPath).size };
    const files = new ImageFiles(
      sorted(
        ...['', 'lib64', 'usr', 'usr/bin', 'usr/lib'].map((path) => entry(path, 'directory')),
        node,
        program('lib64/ld-linux-x86-64.so.2'),
        ...names.map((name) => program(`usr/lib/${name}`)),
      ),
      (one, _from, target) => void (one === node ? bytes.copy(target) : target.fill(0)),
    );
    expect(await files.takeProgram('node')).toMatchObject({ path: 'usr/bin/node' });
    const taken = [...files.taken.keys()];
    expect(taken).toContain('lib64/ld-linux-x86-64.so.2');
    expect(taken).toContain('usr/lib/libc.so.6');
    expect(taken).not.toContain('usr/lib/libunneeded.so.1');
  });

  it('follows no ring of links', async () => {
    const files = new ImageFiles(sorted(link('bin', 'sbin'), link('sbin', 'bin')), fill);
    expect(await files.takeProgram('sh')).toBeUndefined();
    expect(files.taken.size).toBe(0);
  });
});
