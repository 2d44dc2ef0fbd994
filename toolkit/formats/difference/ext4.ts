import type { ByteSource } from '../source.ts';

/** A place in an ext4 file system, as its own tools would name it. */
export interface Ext4Place {
  /** `superblock`, `inode table`, `data` ... */
  readonly kind: string;
  /** Of an inode table: whose inode; of data: undefined. */
  readonly inode?: number;
  /** Field of the structure that the byte is in. */
  readonly field?: string;
  /** Number of the file system's block. */
  readonly block: number;
}

interface Field {
  readonly at: number;
  readonly name: string;
}

const SUPERBLOCK_AT = 1024;
/** Beginnings of fields, in order: a byte is in the last that begins before it. Source: fs/ext4/ext4.h. */
const SUPERBLOCK: readonly Field[] = [
  ...[field(0, 'counts'), field(24, 'geometry'), field(44, 's_mtime'), field(48, 's_wtime')],
  ...[field(52, 'state'), field(64, 's_lastcheck'), field(68, 's_checkinterval'), field(72, 'revision')],
  ...[field(92, 'features'), field(104, 's_uuid'), field(120, 's_volume_name'), field(136, 's_last_mounted')],
  ...[field(200, 'preallocation'), field(208, 's_journal_uuid'), field(224, 'journal')],
  ...[field(236, 's_hash_seed'), field(252, 'hash and descriptor size'), field(264, 's_mkfs_time')],
  ...[
    field(268, 's_jnl_blocks'),
    field(336, 'high halves'),
    field(352, 'flags'),
    field(376, 's_kbytes_written'),
  ],
  ...[field(384, 'snapshots'), field(404, 'errors'), field(512, 's_mount_opts'), field(576, 'other')],
  field(1020, 's_checksum'),
];
const INODE: readonly Field[] = [
  ...[field(0, 'mode'), field(2, 'uid'), field(4, 'size'), field(8, 'atime'), field(12, 'ctime')],
  ...[field(16, 'mtime'), field(20, 'dtime'), field(24, 'gid'), field(26, 'links'), field(28, 'blocks')],
  ...[field(32, 'flags'), field(36, 'version'), field(40, 'extents'), field(100, 'generation')],
  ...[field(104, 'file_acl'), field(108, 'size_high'), field(112, 'obso_faddr'), field(116, 'osd2')],
  ...[field(128, 'extra_isize'), field(130, 'checksum_hi'), field(132, 'ctime_extra')],
  ...[field(136, 'mtime_extra'), field(140, 'atime_extra'), field(144, 'crtime'), field(148, 'crtime_extra')],
  ...[field(152, 'version_hi'), field(156, 'projid'), field(160, 'extended attributes')],
];

function field(at: number, name: string): Field {
  return { at, name };
}

/**
 * What the byte at `offset` of an ext4 file system belongs to. Undefined where there is no such file system.
 * Source: kernel.org, filesystems/ext4.
 */
export async function ext4Place(read: ByteSource, offset: number): Promise<Ext4Place | undefined> {
  const superblock = Buffer.from(await read(SUPERBLOCK_AT, 1024));
  if (superblock.length < 1024 || superblock.readUInt16LE(56) !== 0xef53) return undefined;
  const blockSize = 1024 << superblock.readUInt32LE(24);
  const block = Math.floor(offset / blockSize);
  if (offset >= SUPERBLOCK_AT && offset < SUPERBLOCK_AT + 1024) {
    return { kind: 'superblock', field: fieldAt(SUPERBLOCK, offset - SUPERBLOCK_AT), block };
  }
  const firstBlock = superblock.readUInt32LE(20);
  const blocksInGroup = superblock.readUInt32LE(32);
  const inodesInGroup = superblock.readUInt32LE(40);
  const inodeSize = superblock.readUInt16LE(88);
  const is64Bit = (superblock.readUInt32LE(96) & 0x80) !== 0;
  const descriptorSize = is64Bit ? superblock.readUInt16LE(254) : 32;
  const blocks = superblock.readUInt32LE(4);
  const groups = Math.ceil((blocks - firstBlock) / blocksInGroup);
  const tableAt = (firstBlock + 1) * blockSize;
  if (offset >= tableAt && offset < tableAt + groups * descriptorSize) {
    const group = Math.floor((offset - tableAt) / descriptorSize);
    return { kind: 'group descriptor', field: `group ${group}`, block };
  }
  const descriptors = Buffer.from(await read(tableAt, groups * descriptorSize));
  for (let group = 0; group < groups; group += 1) {
    const at = group * descriptorSize;
    const place = (low: number) =>
      descriptors.readUInt32LE(at + low) +
      (descriptorSize >= 64 ? descriptors.readUInt32LE(at + low + 32) * 2 ** 32 : 0);
    if (block === place(0)) return { kind: 'block bitmap', field: `group ${group}`, block };
    if (block === place(4)) return { kind: 'inode bitmap', field: `group ${group}`, block };
    const inodes = place(8) * blockSize;
    if (offset < inodes || offset >= inodes + inodesInGroup * inodeSize) continue;
    const index = Math.floor((offset - inodes) / inodeSize);
    const name = fieldAt(INODE, (offset - inodes) % inodeSize);
    return { kind: 'inode', inode: group * inodesInGroup + index + 1, field: name, block };
  }
  return { kind: 'data', block };
}

function fieldAt(fields: readonly Field[], at: number): string {
  return fields.findLast((one) => one.at <= at)?.name ?? '';
}
