import type { DeviceNumbers } from '../domain/manifest.ts';

/** A device from the number of 32 bits that file systems have of it. Source: Linux, include/linux/kdev_t.h. */
export function decodeDevice(device: number): DeviceNumbers {
  return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}
