import { describe, expect, it } from 'vitest';
import { type Machine, qemuCommand } from '../../../toolkit/host/qemu/machine.ts';

const machine: Machine = {
  image: '/images/a,b.vhd',
  format: 'vhd',
  firmware: 'bios',
  secureBoot: undefined,
  bus: 'virtio',
  memoryMb: 512,
  cpus: 2,
  acceleration: 'tcg',
  sshPort: 2222,
  hasInternet: false,
};
const files = { control: '/t/control', uefi: undefined };
const words = (changes: Partial<Machine> = {}, uefi?: { code: string; variables: string }) =>
  qemuCommand({ ...machine, ...changes }, { ...files, uefi }, 'pipe').join(' ');

describe('qemuCommand', () => {
  it('never writes to the image, and escapes its path', () => {
    for (const bus of ['virtio', 'ahci', 'nvme', 'scsi'] as const) {
      expect(words({ bus })).toMatch(/format=vpc,file=\/images\/a,,b\.vhd,snapshot=on /);
    }
    expect(words({ bus: 'cdrom', format: 'iso' })).toMatch(/format=raw,.*media=cdrom,readonly=on/);
  });

  it('lets in only ssh, and only from this host; and nothing out unless asked', () => {
    expect(words()).toContain('user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:2222-:22');
    expect(words({ hasInternet: true })).not.toContain('restrict');
    expect(words({ sshPort: undefined })).not.toContain('hostfwd');
  });

  it('gives another disk that is written to', () => {
    expect(words({ data: '/d.img' })).toMatch(/format=raw,file=\/d\.img -device virtio-blk-pci,drive=data /);
    expect(words()).not.toContain('drive=data');
  });

  it('gives further disks of the image, which stay as they are', () => {
    const command = words({ disks: [{ path: '/a,b.vhdx', format: 'vhdx' }], data: '/d.img' });
    expect(command).toMatch(
      /id=disk2,format=vhdx,file=\/a,,b\.vhdx,snapshot=on -device virtio-blk-pci,drive=disk2 .*drive=data/,
    );
  });

  it('starts a script of iPXE over the network, out of its folder', () => {
    const command = words({ format: 'pxe', image: '/images/a/a-1.0.ipxe' });
    expect(command).toContain(
      ',tftp=/images/a,bootfile=a-1.0.ipxe -device virtio-net-pci,netdev=net,bootindex=0',
    );
    expect(command).not.toContain('-drive');
  });

  it('uses software emulation unless asked', () => {
    expect(words()).toContain('-accel tcg,thread=single');
    expect(words({ acceleration: 'kvm' })).toContain('-accel kvm -cpu host');
  });

  it('gives UEFI its code read-only and its variables as a copy', () => {
    expect(words({ firmware: 'uefi' }, { code: '/c.fd', variables: '/v.fd' })).toContain(
      '-drive if=pflash,format=raw,unit=0,readonly=on,file=/c.fd -drive if=pflash,format=raw,unit=1,file=/v.fd',
    );
    expect(words()).not.toContain('pflash');
  });

  it('lets only the firmware change its variables under Secure Boot', () => {
    const uefi = { code: '/c.fd', variables: '/v.fd' };
    const secure = words({ firmware: 'uefi', secureBoot: Buffer.from('certificate') }, uefi);
    expect(secure).toContain('-machine q35,smm=on ');
    expect(secure).toContain('driver=cfi.pflash01,property=secure,value=on');
    expect(words({ firmware: 'uefi' }, uefi)).not.toMatch(/smm|secure/);
  });
});
