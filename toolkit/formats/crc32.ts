import { crc32 as zlibCrc32 } from 'node:zlib';

/** CRC-32 (polynomial 0x04C11DB7, reflected) as GPT and gzip use it. Source: UEFI 2.10, 5.3.2. */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes);
}
