import { describe, expect, it } from 'vitest';
import { ipxeScript, pxeFiles } from '../../../toolkit/stages/disk-to-artifacts/pxe.ts';

describe('pxeFiles', () => {
  it('calls each file by the image and by what it is', () => {
    const names = pxeFiles({ artifactName: 'trial', version: '1.0' }).map(({ name }) => name);
    expect(names).toEqual([
      'trial-1.0.pxe.vmlinuz',
      'trial-1.0.pxe.initrd.img',
      'trial-1.0.pxe.root.img',
      'trial-1.0.ipxe',
    ]);
  });
});

describe('ipxeScript', () => {
  it('loads the files beside it, under the names that the kernel asks UEFI for', () => {
    expect(ipxeScript('trial-1.0.ipxe', 'distrokit.live=TRIAL quiet')).toBe(`#!ipxe
kernel trial-1.0.pxe.vmlinuz initrd=initrd.img initrd=root.img distrokit.live=TRIAL quiet
initrd --name initrd.img trial-1.0.pxe.initrd.img
initrd --name root.img trial-1.0.pxe.root.img
boot
`);
  });
});
