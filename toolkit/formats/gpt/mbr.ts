import { usageError } from '../../domain/errors.ts';

/** Bytes of an MBR that a boot program may take. */
export const BOOT_CODE_SIZE = 440;
const PROTECTIVE = 0xee;

/**
 * The protective MBR: one partition over the whole disk (as far as 32 bits reach), not active, and the boot
 * program if there is one (at most 440 bytes, else `GPT_BOOT_CODE`). Source: UEFI 2.10, 5.2.3.
 */
export function encodeProtectiveMbr(size: number, sectorSize: number, bootCode: Uint8Array): Buffer {
  if (bootCode.length > BOOT_CODE_SIZE) {
    throw usageError(
      'GPT_BOOT_CODE',
      `The boot program has ${bootCode.length} bytes; an MBR has ${BOOT_CODE_SIZE}.`,
    );
  }
  const sector = Buffer.alloc(sectorSize);
  sector.set(bootCode, 0);
  const sectors = size / sectorSize;
  sector.set([0x00, 0x00, 0x02, 0x00, PROTECTIVE, 0xff, 0xff, 0xff], 446);
  sector.writeUInt32LE(1, 454);
  sector.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), 458);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Whether a sector is an MBR with a protective partition. */
export function isProtectiveMbr(sector: Buffer): boolean {
  return (
    sector.length >= 512 &&
    sector.readUInt16LE(510) === 0xaa55 &&
    [446, 462, 478, 494].some((at) => sector[at + 4] === PROTECTIVE)
  );
}
