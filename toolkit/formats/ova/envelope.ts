import { DECLARATION, escapeXml } from '../repodata/xml.ts';

/** A virtual machine as an OVF envelope describes it. */
export interface OvaMachine {
  /** Of the machine and of the files; at most 63 letters, digits, dots, `_` and `-`. */
  readonly name: string;
  readonly version: string;
  /** Bytes of its disk. */
  readonly diskSize: number;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly firmware: 'bios' | 'efi';
}

const NAMESPACES = [
  'xmlns="http://schemas.dmtf.org/ovf/envelope/1"',
  'xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"',
  'xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"',
  'xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"',
  'xmlns:vmw="http://www.vmware.com/schema/ovf"',
].join(' ');
const STREAM_OPTIMIZED = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized';
/** Digits that a file's size may have; filled with blanks, so that the text is as long whatever it is. */
const SIZE_WIDTH = 12;
/** CIM's number for a 64-bit Linux. */
const LINUX_64 = 101;
/** CIM's numbers of resources. */
const RESOURCES = { processor: 3, memory: 4, ethernet: 10, disk: 17, controller: 20 } as const;

/** Name of the disk's file in the archive. */
export function diskFileName({ name }: Pick<OvaMachine, 'name'>): string {
  return `${name}-disk1.vmdk`;
}

/**
 * The descriptor of a machine with one disk at a SATA controller and one network card. Its length does not
 * depend on `fileSize`, the bytes of the disk's file.
 * Source: DMTF DSP0243 1.1.0, 7 to 9; element order of the CIM schemas.
 */
export function encodeEnvelope(machine: OvaMachine, fileSize: number): string {
  const { cpus, memoryMb } = machine;
  const name = escapeXml(machine.name);
  const size = `ovf:size="${fileSize}"`.padEnd('ovf:size=""'.length + SIZE_WIDTH);
  const disk = ['ovf:diskId="disk1" ovf:fileRef="file1"', `ovf:capacity="${machine.diskSize}"`];
  const lines = [
    `<Envelope ${NAMESPACES}>`,
    '<References>',
    `<File ovf:id="file1" ovf:href="${escapeXml(diskFileName(machine))}" ${size}/>`,
    '</References>',
    '<DiskSection>',
    '<Info>Virtual disks</Info>',
    `<Disk ${disk.join(' ')} ovf:capacityAllocationUnits="byte" ovf:format="${STREAM_OPTIMIZED}"/>`,
    '</DiskSection>',
    '<NetworkSection>',
    '<Info>Networks</Info>',
    '<Network ovf:name="nat"><Description>The network of the machine</Description></Network>',
    '</NetworkSection>',
    `<VirtualSystem ovf:id="${name}">`,
    '<Info>A virtual machine</Info>',
    `<Name>${name}</Name>`,
    `<OperatingSystemSection ovf:id="${LINUX_64}" vmw:osType="otherLinux64Guest">`,
    '<Info>The operating system</Info>',
    '</OperatingSystemSection>',
    '<ProductSection>',
    '<Info>What it is</Info>',
    `<Product>${name}</Product>`,
    `<Version>${escapeXml(machine.version)}</Version>`,
    '</ProductSection>',
    '<VirtualHardwareSection>',
    '<Info>What the machine is made of</Info>',
    '<System>',
    '<vssd:ElementName>Virtual Hardware Family</vssd:ElementName>',
    '<vssd:InstanceID>0</vssd:InstanceID>',
    `<vssd:VirtualSystemIdentifier>${name}</vssd:VirtualSystemIdentifier>`,
    '<vssd:VirtualSystemType>vmx-10</vssd:VirtualSystemType>',
    '</System>',
    item(1, RESOURCES.processor, `${cpus} processors`, { VirtualQuantity: cpus }),
    item(2, RESOURCES.memory, `${memoryMb} MiB of memory`, {
      AllocationUnits: 'byte * 2^20',
      VirtualQuantity: memoryMb,
    }),
    item(3, RESOURCES.controller, 'SATA controller', { Address: 0, ResourceSubType: 'vmware.sata.ahci' }),
    item(4, RESOURCES.disk, 'Disk 1', { AddressOnParent: 0, HostResource: 'ovf:/disk/disk1', Parent: 3 }),
    item(5, RESOURCES.ethernet, 'Network card 1', {
      AutomaticAllocation: 'true',
      Connection: 'nat',
      ResourceSubType: 'E1000',
    }),
    `<vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${machine.firmware}"/>`,
    '</VirtualHardwareSection>',
    '</VirtualSystem>',
    '</Envelope>',
    '',
  ];
  return DECLARATION + lines.join('\n');
}

/** One `Item`; the schema wants its elements in the order of their names. */
function item(
  id: number,
  type: number,
  name: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const all = { ...values, ElementName: name, InstanceID: id, ResourceType: type };
  const lines = Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `<rasd:${key}>${escapeXml(String(value))}</rasd:${key}>`);
  return ['<Item>', ...lines, '</Item>'].join('\n');
}
