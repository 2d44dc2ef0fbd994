import { buildError } from '../../domain/errors.ts';

const SECTOR = 512;
/** Segment that the rest of the core image is loaded to: right behind its first sector at 0x8000. */
const CORE_SEGMENT = 0x820;

export interface GrubBiosImages {
  /** 440 bytes of the MBR. */
  readonly bootCode: Uint8Array;
  /** Whole sectors for the BIOS boot partition. */
  readonly core: Uint8Array;
}

/**
 * Ties GRUB's boot.img and core.img to the sector that core.img will start at, as grub-install does on a
 * machine. Throws `GRUB_CORE` when the core does not fit into `room` bytes.
 * Source: GRUB 2.12, include/grub/i386/pc/boot.h and grub-core/boot/i386/pc/diskboot.S.
 */
export function placeGrub(
  boot: Uint8Array,
  core: Uint8Array,
  startLba: number,
  room: number,
): GrubBiosImages {
  if (boot.length !== SECTOR || core.length <= SECTOR || core.length > room) {
    throw buildError(
      'GRUB_CORE',
      `GRUB's core image of ${core.length} bytes does not fit into ${room} bytes`,
    );
  }
  const bootCode = Buffer.from(boot.subarray(0, 440));
  bootCode.writeBigUInt64LE(BigInt(startLba), 0x5c);
  // The disk that the BIOS names, not a fixed one.
  bootCode[0x64] = 0xff;
  // Two NOPs in place of a jump: it works around BIOSes that name a wrong disk for floppies.
  bootCode.set([0x90, 0x90], 0x66);

  const sectors = Math.ceil(core.length / SECTOR);
  const placed = Buffer.alloc(sectors * SECTOR);
  placed.set(core);
  // The last 12 bytes of the first sector are a list of what to load: start, count, segment.
  placed.writeBigUInt64LE(BigInt(startLba + 1), SECTOR - 12);
  placed.writeUInt16LE(sectors - 1, SECTOR - 4);
  placed.writeUInt16LE(CORE_SEGMENT, SECTOR - 2);
  return { bootCode, core: placed };
}
