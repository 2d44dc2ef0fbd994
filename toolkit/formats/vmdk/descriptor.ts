import { SECTOR } from './header.ts';

/** What identifies a VMDK beside its content. */
export interface VmdkIdentity {
  /** The content's id: 8 hexadecimal digits, not `ffffffff`. */
  readonly cid: string;
  readonly uuid: string;
  /** Name of the file itself: the descriptor inside it says where its extent is. */
  readonly fileName: string;
}

type CreateType = 'monolithicSparse' | 'streamOptimized';

/** Sectors that the descriptor has room in: what VMware's own tools leave. */
export const DESCRIPTOR_SECTORS = 20;
const HEADS = 255;
const SECTORS_PER_TRACK = 63;

/**
 * The text that is embedded after the header, filled with zeros up to its room. The adapter is SCSI: a disk
 * that is said to be IDE cannot be put at another controller. Throws RangeError for a name too long.
 * Source: VMware Virtual Disk Format 5.0, "The Descriptor File".
 */
export function encodeDescriptor(virtualSize: number, type: CreateType, identity: VmdkIdentity): Buffer {
  const sectors = virtualSize / SECTOR;
  const cylinders = Math.max(1, Math.floor(sectors / (HEADS * SECTORS_PER_TRACK)));
  const lines = [
    '# Disk DescriptorFile',
    'version=1',
    `CID=${identity.cid}`,
    'parentCID=ffffffff',
    `createType="${type}"`,
    '',
    '# Extent description',
    `RW ${sectors} SPARSE "${identity.fileName}"`,
    '',
    '# The Disk Data Base',
    '#DDB',
    '',
    'ddb.adapterType = "lsilogic"',
    `ddb.geometry.cylinders = "${cylinders}"`,
    `ddb.geometry.heads = "${HEADS}"`,
    `ddb.geometry.sectors = "${SECTORS_PER_TRACK}"`,
    `ddb.uuid = "${spacedUuid(identity.uuid)}"`,
    'ddb.virtualHWVersion = "10"',
    '',
  ];
  const text = Buffer.from(lines.join('\n'));
  const room = Buffer.alloc(DESCRIPTOR_SECTORS * SECTOR);
  if (text.length > room.length) throw new RangeError(`${identity.fileName} is too long for a VMDK`);
  room.set(text);
  return room;
}

/** As VMware writes them: `60 00 c2 9a 3e 0f 1c 7b-9d 5a ...`. */
function spacedUuid(uuid: string): string {
  const bytes = uuid.replaceAll('-', '').match(/../g) ?? [];
  return `${bytes.slice(0, 8).join(' ')}-${bytes.slice(8).join(' ')}`;
}
