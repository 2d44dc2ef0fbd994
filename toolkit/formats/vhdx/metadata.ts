import { guidToBytes } from '../../domain/uuid.ts';

/** What the metadata of a disk without a parent says; sizes in bytes. */
export interface VhdxMetadata {
  readonly blockSize: number;
  /** Blocks stay in the file also where they are given back: this makes a disk a fixed one. */
  readonly isFixed: boolean;
  readonly virtualSize: number;
  readonly diskUuid: string;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
}

const TABLE_SIZE = 64 * 1024;
const ITEM_GUIDS = {
  fileParameters: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b',
  virtualDiskSize: '2fa54224-cd1b-4876-b211-5dbed83bf4b8',
  virtualDiskId: 'beca12ab-b2e6-4523-93ef-c309e000c746',
  logicalSectorSize: '8141bf1d-a96f-4709-ba47-f233a8faab5f',
  physicalSectorSize: 'cda348c7-445d-4471-9cc9-e9885251c556',
} as const;
const IS_REQUIRED = 4;
const IS_VIRTUAL_DISK = 2;
const LEAVE_ALLOCATED = 1;

/** The metadata table and its items, right after it. Source: [MS-VHDX] 2.6. */
export function encodeMetadata(metadata: VhdxMetadata): Buffer {
  const items: { guid: string; flags: number; value: Buffer }[] = [
    { guid: ITEM_GUIDS.fileParameters, flags: IS_REQUIRED, value: fileParameters(metadata) },
    {
      guid: ITEM_GUIDS.virtualDiskSize,
      flags: IS_REQUIRED | IS_VIRTUAL_DISK,
      value: uint64(metadata.virtualSize),
    },
    {
      guid: ITEM_GUIDS.virtualDiskId,
      flags: IS_REQUIRED | IS_VIRTUAL_DISK,
      value: guidToBytes(metadata.diskUuid),
    },
    {
      guid: ITEM_GUIDS.logicalSectorSize,
      flags: IS_REQUIRED | IS_VIRTUAL_DISK,
      value: uint64(metadata.logicalSectorSize).subarray(0, 4),
    },
    {
      guid: ITEM_GUIDS.physicalSectorSize,
      flags: IS_REQUIRED | IS_VIRTUAL_DISK,
      value: uint64(metadata.physicalSectorSize).subarray(0, 4),
    },
  ];
  const table = Buffer.alloc(TABLE_SIZE);
  table.write('metadata', 0, 'latin1');
  table.writeUInt16LE(items.length, 10);
  let offset = TABLE_SIZE;
  for (const [index, { guid, flags, value }] of items.entries()) {
    const at = 32 + index * 32;
    table.set(guidToBytes(guid), at);
    table.writeUInt32LE(offset, at + 16);
    table.writeUInt32LE(value.length, at + 20);
    table.writeUInt32LE(flags, at + 24);
    offset += value.length;
  }
  return Buffer.concat([table, ...items.map(({ value }) => value)]);
}

function fileParameters({ blockSize, isFixed }: VhdxMetadata): Buffer {
  const bytes = uint64(blockSize);
  bytes.writeUInt32LE(isFixed ? LEAVE_ALLOCATED : 0, 4);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
