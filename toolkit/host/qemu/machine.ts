import { basename, dirname } from 'node:path';

export type Firmware = 'uefi' | 'bios';
/** What the image appears as in the machine. */
export type Bus = 'virtio' | 'ahci' | 'nvme' | 'scsi' | 'cdrom';
/** Kind of image file; variants of a format are told apart by QEMU. `pxe`: a script of iPXE, beside what it loads. */
export type BootFormat = 'raw' | 'vhd' | 'vhdx' | 'qcow2' | 'vmdk' | 'vdi' | 'iso' | 'pxe';
/** Kind of a file that is a disk. */
export type DiskFormat = Exclude<BootFormat, 'iso' | 'pxe'>;

export interface Machine {
  /** Path of the image, which is not changed. */
  readonly image: string;
  readonly format: BootFormat;
  readonly firmware: Firmware;
  /** DER certificate that UEFI trusts, and no other, with Secure Boot on; undefined: it is off. */
  readonly secureBoot: Uint8Array | undefined;
  readonly bus: Bus;
  /** Further disks of the image, which are not changed either. */
  readonly disks?: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** Path of another disk, raw, which keeps what the machine writes to it. */
  readonly data?: string;
  readonly memoryMb: number;
  readonly cpus: number;
  readonly acceleration: 'tcg' | 'kvm';
  /** Port of 127.0.0.1 that leads to the machine's port 22. */
  readonly sshPort: number | undefined;
  /** Whether the machine reaches what the host reaches; otherwise only DHCP and the forwarded port work. */
  readonly hasInternet: boolean;
}

/** Files that go with one run of a machine. */
export interface MachineFiles {
  /** Socket for QEMU's control protocol. */
  readonly control: string;
  /** Firmware, and this run's own copy of its variables; undefined with BIOS. */
  readonly uefi: { readonly code: string; readonly variables: string } | undefined;
}

const QEMU_FORMATS: Readonly<Record<Exclude<BootFormat, 'pxe'>, string>> = {
  raw: 'raw',
  vhd: 'vpc',
  vhdx: 'vhdx',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  iso: 'raw',
};

/**
 * One thread for all processors. With a thread each, a processor may run an instruction that another is just
 * patching (a kernel does that as it starts) from its middle: seen as a panic in one of some eighty starts.
 */
const TCG = 'tcg,thread=single';

/** Command line of QEMU for a machine, with its first serial line on standard input and output. */
export function qemuCommand(
  machine: Machine,
  files: MachineFiles,
  serial: 'pipe' | 'terminal',
): [string, ...string[]] {
  return [
    'qemu-system-x86_64',
    ...['-name', 'distrokit', '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...[
      '-machine',
      machine.secureBoot === undefined ? 'q35' : 'q35,smm=on',
      '-accel',
      machine.acceleration === 'tcg' ? TCG : 'kvm',
    ],
    ...[
      '-cpu',
      machine.acceleration === 'tcg' ? 'max' : 'host',
      '-smp',
      String(machine.cpus),
      '-m',
      `${machine.memoryMb}M`,
    ],
    ...[
      '-chardev',
      `stdio,id=serial,signal=off${serial === 'terminal' ? ',mux=on' : ''}`,
      '-serial',
      'chardev:serial',
    ],
    ...(serial === 'terminal' ? ['-mon', 'chardev=serial,mode=readline'] : []),
    ...['-qmp', `unix:${files.control},server=on,wait=off`],
    ...['-device', 'virtio-rng-pci', '-device', 'VGA'],
    ...firmware(machine, files),
    ...drive(machine),
    ...otherDrives(machine),
    ...dataDrive(machine),
    ...network(machine),
  ];
}

function firmware({ secureBoot }: Machine, { uefi }: MachineFiles): string[] {
  if (uefi === undefined) return [];
  // Only the firmware itself, in SMM, may write to its variables.
  const locked = [
    '-global',
    'driver=cfi.pflash01,property=secure,value=on',
    '-global',
    'ICH9-LPC.disable_s3=1',
  ];
  return [
    ...(secureBoot === undefined ? [] : locked),
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${optionPath(uefi.code)}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${optionPath(uefi.variables)}`],
  ];
}

function drive({ image, format, bus }: Machine): string[] {
  if (format === 'pxe') return [];
  const options = `if=none,id=image,format=${QEMU_FORMATS[format]},file=${optionPath(image)}`;
  // What the machine writes goes to a temporary file of QEMU.
  const disk = `${options},snapshot=on`;
  switch (bus) {
    case 'virtio':
      return ['-drive', disk, '-device', 'virtio-blk-pci,drive=image,bootindex=0'];
    case 'ahci':
      return ['-drive', disk, '-device', 'ide-hd,drive=image,bus=ide.0,bootindex=0'];
    case 'nvme':
      return ['-drive', disk, '-device', 'nvme,serial=image,drive=image,bootindex=0'];
    case 'scsi':
      return ['-drive', disk, '-device', 'virtio-scsi-pci', '-device', 'scsi-hd,drive=image,bootindex=0'];
    case 'cdrom':
      return [
        '-drive',
        `${options},media=cdrom,readonly=on`,
        '-device',
        'ide-cd,drive=image,bus=ide.0,bootindex=0',
      ];
  }
}

function otherDrives({ disks = [] }: Machine): string[] {
  return disks.flatMap(({ path, format }, index) => {
    const id = `disk${index + 2}`;
    const drive = `if=none,id=${id},format=${QEMU_FORMATS[format]},file=${optionPath(path)},snapshot=on`;
    return ['-drive', drive, '-device', `virtio-blk-pci,drive=${id}`];
  });
}

function dataDrive({ data }: Machine): string[] {
  if (data === undefined) return [];
  const drive = `if=none,id=data,format=raw,file=${optionPath(data)}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=data'];
}

function network({ image, format, sshPort, hasInternet }: Machine): string[] {
  const forward = sshPort === undefined ? '' : `,hostfwd=tcp:127.0.0.1:${sshPort}-:22`;
  const limits = hasInternet ? '' : ',restrict=on';
  const boots = format === 'pxe';
  // QEMU's own TFTP server, which its DHCP server names.
  const files = boots ? `,tftp=${optionPath(dirname(image))},bootfile=${optionPath(basename(image))}` : '';
  const device = `virtio-net-pci,netdev=net${boots ? ',bootindex=0' : ''}`;
  return ['-netdev', `user,id=net${limits}${forward}${files}`, '-device', device];
}

/** A comma ends an option unless it is doubled. */
function optionPath(path: string): string {
  return path.replaceAll(',', ',,');
}
