/** Cylinders, heads and sectors per track of an old BIOS. */
export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

const MAX_SECTORS = 65535 * 16 * 255;

/**
 * Geometry of a disk of `totalSectors` sectors of 512 bytes. It may cover less than the disk.
 * Source: Microsoft, Virtual Hard Disk Image Format Specification 1.0, appendix "CHS Calculation".
 */
export function diskGeometry(totalSectors: number): Geometry {
  const sectors = Math.min(totalSectors, MAX_SECTORS);
  if (sectors >= 65535 * 16 * 63) {
    return geometry(sectors, 16, 255);
  }
  const heads = Math.max(4, Math.floor((Math.floor(sectors / 17) + 1023) / 1024));
  if (heads <= 16 && Math.floor(sectors / 17) < heads * 1024) {
    return geometry(sectors, heads, 17);
  }
  if (Math.floor(sectors / 31) < 16 * 1024) {
    return geometry(sectors, 16, 31);
  }
  return geometry(sectors, 16, 63);
}

function geometry(sectors: number, heads: number, sectorsPerTrack: number): Geometry {
  return { cylinders: Math.floor(Math.floor(sectors / sectorsPerTrack) / heads), heads, sectorsPerTrack };
}
