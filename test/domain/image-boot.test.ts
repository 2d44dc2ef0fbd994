import { describe, expect, it } from 'vitest';
import { diskCommandLine, grubConfig, liveCommandLine } from '../../toolkit/domain/image-boot.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { imageConfig } from '../support/image-host.ts';

describe('kernel command lines', () => {
  it('name the root partition, both consoles, and then what the configuration adds', () => {
    const config = imageConfig({ kernelArgs: 'quiet' });
    const { rootPartition } = imageIdentity(config);
    expect(diskCommandLine(config)).toBe(
      `rootfstype=ext4 root=PARTUUID=${rootPartition} rw console=tty0 console=ttyS0,115200 quiet`,
    );
    expect(liveCommandLine(imageConfig(), 'LABEL')).toBe(
      'distrokit.live=LABEL console=tty0 console=ttyS0,115200',
    );
  });
});

describe('grubConfig', () => {
  it('quotes only the words that GRUB would read as more than a word', () => {
    const text = grubConfig({ title: 'a 1', kernel: '/k', commandLine: 'a=b c;d $e', initrd: '/i' });
    expect(text).toContain("  linux /k a=b 'c;d' '$e'\n  initrd /i\n");
  });

  it('has no initrd line without one', () => {
    expect(grubConfig({ title: 'a', kernel: '/k', commandLine: '' })).not.toContain('initrd');
  });
});

describe('diskCommandLine with SELinux', () => {
  it.each([
    ['disabled', ''],
    ['permissive', ' security=selinux selinux=1'],
    ['enforcing', ' security=selinux selinux=1'],
    ['force-enforcing', ' security=selinux selinux=1 enforcing=1'],
  ] as const)('is told of mode %s', (mode, expected) => {
    const line = diskCommandLine(imageConfig({ selinux: { mode, policy: 'p' } }));
    expect(line.endsWith(`console=ttyS0,115200${expected}`)).toBe(true);
  });
});
