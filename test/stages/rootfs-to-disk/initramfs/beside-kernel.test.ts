import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../../toolkit/domain/image-bytes.ts';
import type { Ports } from '../../../../toolkit/domain/ports.ts';
import {
  liesBesideKernel,
  withInitramfs,
} from '../../../../toolkit/stages/rootfs-to-disk/initramfs/beside-kernel.ts';
import { tempFolder } from '../../../formats/support/judge.ts';
import { entry } from '../../../formats/support/manifest.ts';
import { imageConfig, imageDisk } from '../../../support/image-host.ts';

describe('withInitramfs', () => {
  it('adds the initramfs to the tree, in the place of that of a base, labelled as the kernel', async () => {
    using folder = tempFolder('beside-');
    const path = join(folder.path, 'initrd');
    writeFileSync(path, '0123456789');
    const label = { name: 'security.selinux', value: Buffer.from('boot_t') };
    const tree = [
      entry('', 'directory'),
      entry('boot', 'directory'),
      entry('boot/initramfs.distrokit.img', 'file', { content: 'old' }),
      entry('boot/vmlinuz-1.0', 'file', { content: 'k', xattrs: [label] }),
      entry('etc', 'directory'),
    ];
    const ports = { store: { find: async () => path } } as unknown as Pick<Ports, 'store'>;
    const { entries, reading } = await withInitramfs(tree, { sha256: 'a'.repeat(64), size: 10 }, 7, ports);
    expect(entries.map((one) => latin1Text(one.path))).toEqual(tree.map((one) => latin1Text(one.path)));
    const own = entries[2]!;
    expect(own).toMatchObject({ mode: 0o600, uid: 0, mtime: 7, size: 10, xattrs: [label] });
    const asked: string[] = [];
    const read = reading((one) => void asked.push(latin1Text(one.path)));
    const target = Buffer.alloc(4);
    await read(own, 3, target);
    await read(entries[3]!, 0, Buffer.alloc(1));
    expect([target.toString(), asked]).toEqual(['3456', ['boot/vmlinuz-1.0']]);
    await expect(read(own, 8, Buffer.alloc(4))).rejects.toThrow('ends before 12');
  });
});

describe('liesBesideKernel', () => {
  it('is so of a disk that only a BIOS starts, without an ESP', () => {
    const of = (boot: 'bios' | 'uefi', flags: readonly 'esp'[]) => {
      const usual = imageDisk({ boot: 'none' });
      const part = { name: undefined, type: undefined, start: undefined, size: 'auto', grow: false } as const;
      const more = { label: undefined, mountOptions: undefined, mountBy: 'uuid', removeDocs: false } as const;
      const rest = { overlayBase: undefined, rdiffBase: undefined, artifacts: [] } as const;
      const root = { id: 'r', flags, fileSystem: 'ext4', mount: '/', ...part, ...more, ...rest } as const;
      return liesBesideKernel(imageConfig({ disk: { ...usual, boot, partitions: [root] } }));
    };
    expect([of('bios', []), of('bios', ['esp']), of('uefi', [])]).toEqual([true, false, false]);
  });
});
