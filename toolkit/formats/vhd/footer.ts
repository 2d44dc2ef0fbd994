import { usageError } from '../../domain/errors.ts';
import { uuidToBytes } from '../../domain/uuid.ts';
import { diskGeometry } from './geometry.ts';

/** What identifies a VHD beside its content. */
export interface VhdIdentity {
  readonly uuid: string;
  /** Seconds since the epoch; before 2000 it is written as 2000-01-01. */
  readonly timestamp: number;
}

export const SECTOR = 512;
export const FOOTER_SIZE = 512;
/** 2040 GiB: the most that VHD addresses. */
const MAX_SIZE = 2040 * 1024 ** 3;
const YEAR_2000 = 946_684_800;
/** The creator that tells QEMU to trust the size and not the geometry, which cannot express most sizes. */
const CREATOR = 'qem2';
const CREATOR_OS = 'Wi2k';
const NO_OFFSET = 0xffff_ffff_ffff_ffffn;
const DISK_TYPES = { fixed: 2, dynamic: 3 } as const;

/**
 * The footer of a disk of `virtualSize` bytes. Throws `VHD_SIZE` when that is no number of sectors or above
 * 2040 GiB. Source: Microsoft, Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format".
 */
export function encodeFooter(virtualSize: number, type: 'fixed' | 'dynamic', identity: VhdIdentity): Buffer {
  checkSize(virtualSize);
  const footer = Buffer.alloc(FOOTER_SIZE);
  const { cylinders, heads, sectorsPerTrack } = diskGeometry(virtualSize / SECTOR);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x00010000, 12);
  footer.writeBigUInt64BE(type === 'fixed' ? NO_OFFSET : BigInt(FOOTER_SIZE), 16);
  footer.writeUInt32BE(Math.max(0, Math.floor(identity.timestamp) - YEAR_2000), 24);
  footer.write(CREATOR, 28, 'latin1');
  footer.writeUInt32BE(0x00010000, 32);
  footer.write(CREATOR_OS, 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(virtualSize), 40);
  footer.writeBigUInt64BE(BigInt(virtualSize), 48);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectorsPerTrack, 59);
  footer.writeUInt32BE(DISK_TYPES[type], 60);
  footer.set(uuidToBytes(identity.uuid), 68);
  footer.writeUInt32BE(checksum(footer), 64);
  return footer;
}

/** One's complement of the sum of all bytes, the checksum's own field taken as zero. */
export function checksum(bytes: Buffer): number {
  return ~bytes.reduce((sum, byte) => (sum + byte) >>> 0, 0) >>> 0;
}

function checkSize(virtualSize: number): void {
  if (!Number.isSafeInteger(virtualSize) || virtualSize <= 0 || virtualSize % SECTOR !== 0) {
    throw usageError('VHD_SIZE', `A VHD of ${virtualSize} bytes is no whole number of sectors.`);
  }
  if (virtualSize > MAX_SIZE) {
    throw usageError('VHD_SIZE', `A VHD of ${virtualSize} bytes is larger than 2040 GiB.`, {
      hint: 'Emit a vhdx, which goes up to 64 TiB.',
    });
  }
}
