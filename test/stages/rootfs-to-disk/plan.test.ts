import { describe, expect, it } from 'vitest';
import type { ImageConfig } from '../../../toolkit/domain/image.ts';
import type { ImageDisk, ImagePartition } from '../../../toolkit/domain/image-config/disk.ts';
import { Secret } from '../../../toolkit/domain/image-config/secret.ts';
import type { Rootfs } from '../../../toolkit/domain/image-rootfs.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
import { planDisk } from '../../../toolkit/stages/rootfs-to-disk/plan.ts';
import type { DiskPlan } from '../../../toolkit/stages/rootfs-to-disk/types.ts';
import { diskEncryption, imageConfig, imageDisk, testProgram } from '../../support/image-host.ts';

const file = (letter: string) => ({ sha256: letter.repeat(64), size: 1 });

const rootfs: Rootfs = {
  key: 'key',
  contents: { open: async () => Promise.reject(new Error('unread')), tar: async () => file('a') },
  manifest: file('b'),
  epoch: 1_700_000_000,
  size: { entries: 1, bytes: 1, blocks: 1 },
  top: { mode: 0o755, uid: 0, gid: 0, mtime: 0 },
  kernel: { image: file('c'), release: '1.0' },
  osRelease: undefined,
  efiStub: undefined,
  hasGrubBios: false,
  systemdBoot: undefined,
  hasGrubEfi: false,
  live: undefined,
};

const plainRoot: ImagePartition = {
  ...{ id: 'root', name: undefined, type: undefined, flags: [], start: undefined, size: 'auto' },
  ...{ grow: false, fileSystem: 'ext4', label: undefined, mount: '/', mountOptions: undefined },
  ...{ mountBy: 'uuid', removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
};

function bootSteps(
  changes: Partial<Rootfs>,
  disk: Partial<ImageDisk> = {},
  initrd?: ReturnType<typeof file>,
): string {
  const { boot, treeSteps, inputs } = planOf(changes, disk, initrd);
  const steps = [...boot.bootSteps, ...boot.steps, ...treeSteps];
  return [...inputs.map(({ name }) => name), ...steps.map(({ argv }) => argv.join(' '))].join('\n');
}

function planOf(
  changes: Partial<Rootfs>,
  disk: Partial<ImageDisk> = {},
  initrd?: ReturnType<typeof file>,
  more: Partial<ImageConfig> = {},
): DiskPlan {
  const tools = { name: 'tools', key: 'key' } as unknown as Root;
  const request = {
    config: imageConfig({ ...more, disk: imageDisk(disk) }),
    rootfs: { ...rootfs, ...changes },
    tools,
    program: testProgram('1'),
  };
  return planDisk(request, undefined, [], initrd);
}

function menuOf(...of: Parameters<typeof planOf>): string | undefined {
  return planOf(...of).boot.texts['grub.cfg'];
}

describe('planDisk', () => {
  it('takes boot programs from the tools root where the image has none', () => {
    const steps = bootSteps({});
    expect(steps).toContain('--stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub');
    expect(steps).toContain('-d /usr/lib/grub/i386-pc');
  });

  it('takes those of the image where it has them', () => {
    const steps = bootSteps({ efiStub: file('d'), hasGrubBios: true });
    expect(steps).toContain('efi-stub');
    expect(steps).toContain('--stub=/run/distrokit/in/efi-stub');
    expect(steps).not.toMatch(/(?:=| )\/usr\/lib\/(?:grub|systemd)/);
    expect(steps).toContain(
      'tar -xf /run/distrokit/in/rootfs.tar -C /run/distrokit/work usr/lib/grub/i386-pc',
    );
  });

  it.each([
    ['uki', ['::/EFI/BOOT/BOOTX64.EFI']],
    ['systemd-boot', ['::/EFI/BOOT/BOOTX64.EFI', '::/loader/loader.conf', '::/EFI/Linux/trial-1.0.efi']],
    ['grub', ['::/EFI/BOOT/BOOTX64.EFI', '::/grub/grub.cfg', '::/vmlinuz']],
  ] as const)('gives UEFI what it starts: %s', (loader, paths) => {
    const steps = bootSteps({}, { boot: 'uefi', loader });
    const copied = [...steps.matchAll(/^mcopy .* (\S+)$/gm)].map(([, path]) => path);
    expect(copied).toEqual(paths);
    expect(/ukify/.test(steps)).toBe(loader !== 'grub');
  });

  it('is another where something else of the tree is on other disks', () => {
    const keyOf = (otherMounts: readonly string[]) =>
      planDisk(
        {
          ...{ config: imageConfig({ disk: imageDisk() }), rootfs, program: testProgram('1'), otherMounts },
          tools: { name: 'tools', key: 'key' } as unknown as Root,
        },
        undefined,
      ).key;
    expect(new Set([keyOf([]), keyOf(['/srv']), keyOf(['/data'])]).size).toBe(3);
  });

  it('starts an encrypted root with its initramfs, however it is started', () => {
    const encryption = diskEncryption();
    const steps = bootSteps({}, { boot: 'both', encryption }, file('e'));
    expect(steps).toMatch(/^ukify .* --initrd=\/run\/distrokit\/in\/initrd /m);
    expect(steps).toMatch(/^mcopy .* \/run\/distrokit\/in\/initrd ::\/initrd$/m);
    const bios = { boot: 'bios', table: 'mbr', encryption, partitions: [plainRoot] } as const;
    expect(() => bootSteps({}, bios, file('e'))).toThrow("cannot open the encrypted 'root'");
  });

  it.each(['ext4', 'vfat'] as const)(
    'puts it beside the kernel where there is no ESP: in /boot of %s',
    (kind) => {
      const boot = { ...plainRoot, id: 'boot', fileSystem: kind, mount: '/boot' };
      const disk = { boot: 'bios', table: 'mbr', partitions: [boot, plainRoot] } as const;
      const encryption = diskEncryption();
      for (const one of [disk, { ...disk, encryption }]) {
        const copied = /^mcopy .* \/run\/distrokit\/in\/initrd ::\/initramfs\.distrokit\.img$/m;
        expect(copied.test(bootSteps({}, one, file('e')))).toBe(kind === 'vfat');
        expect(menuOf({}, one, file('e'))).toContain('  linux /vmlinuz-1.0 rootfstype=ext4 ');
        expect(menuOf({}, one, file('e'))).toContain('\n  initrd /initramfs.distrokit.img\n');
      }
      const inRoot = { ...disk, partitions: [plainRoot] } as const;
      expect(menuOf({}, inRoot, file('e'))).toContain('\n  initrd /boot/initramfs.distrokit.img\n');
    },
  );

  it('refuses what GRUB cannot read, and an installer without an ESP', () => {
    const image = { ...plainRoot, fileSystem: 'squashfs' } as const;
    const disk = { boot: 'bios', table: 'mbr', partitions: [image] } as const;
    expect(() => bootSteps({}, disk)).toThrow("GRUB cannot read the kernel in 'root', which is squashfs");
    const plain = { ...disk, partitions: [plainRoot] } as const;
    const installer = {
      target: undefined,
      afterwards: 'reboot',
      encryption: 'always',
      kickstart: false,
    } as const;
    expect(() => planOf({}, plain, file('e'), { installer })).toThrow('there is no ESP');
  });

  it('has no trace of the passphrase in its key', () => {
    const keyOf = (text: string) => {
      const encryption = diskEncryption({ passphrase: new Secret(text), passphraseFile: `/${text}` });
      const config = imageConfig({ disk: imageDisk({ encryption }) });
      const tools = { name: 'tools', key: 'key' } as unknown as Root;
      const passphrase = Buffer.from(text);
      return planDisk(
        { config, rootfs, tools, program: testProgram('1'), passphrase },
        undefined,
        [],
        file('e'),
      ).key;
    };
    expect(keyOf('a')).toBe(keyOf('b'));
  });

  it('takes loaders of the image where it has them', () => {
    const own = { systemdBoot: file('d'), hasGrubEfi: true };
    const steps = bootSteps(own, { boot: 'uefi', loader: 'systemd-boot' });
    expect(steps).toContain('cp /run/distrokit/in/systemd-boot ');
    expect(bootSteps(own, { boot: 'both', loader: 'grub' })).toContain(
      'grub-mkimage -O x86_64-efi -d /run/distrokit/work/usr/lib/grub/x86_64-efi ',
    );
  });

  it('starts nothing where boot is none, and wants no kernel for it', () => {
    expect(bootSteps({ kernel: undefined }, { boot: 'none' })).toBe('manifest');
    expect(() => bootSteps({ kernel: undefined })).toThrow('a disk without a kernel cannot start');
  });

  it('puts the menu into the core image of GRUB where there is no ESP', () => {
    const steps = bootSteps({}, { boot: 'bios', table: 'mbr', partitions: [plainRoot] });
    expect(steps).toMatch(
      /grub-mkimage .* -p \(memdisk\)\/boot\/grub -m \S+menu.tar .* biosdisk part_msdos ext2 /,
    );
    expect(steps).not.toMatch(/ukify|mformat/);
  });
});
