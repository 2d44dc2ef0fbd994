import { describe, expect, it } from 'vitest';
import { placeGrub } from '../../../toolkit/stages/rootfs-to-disk/grub-bios.ts';

const boot = Buffer.alloc(512, 0x11);
const core = Buffer.alloc(1200, 0x22);

describe('placeGrub', () => {
  const placed = placeGrub(boot, core, 2048, 1024 ** 2);
  const code = Buffer.from(placed.bootCode);
  const image = Buffer.from(placed.core);

  it('tells the boot program where the core starts, and to take the disk that the BIOS names', () => {
    expect(code.length).toBe(440);
    expect(code.readBigUInt64LE(0x5c)).toBe(2048n);
    expect(code[0x64]).toBe(0xff);
    expect(code.subarray(0x66, 0x68)).toEqual(Buffer.from([0x90, 0x90]));
  });

  it('tells the first sector of the core where the others are and where they go', () => {
    expect(image.length).toBe(3 * 512);
    expect(image.readBigUInt64LE(500)).toBe(2049n);
    expect(image.readUInt16LE(508)).toBe(2);
    expect(image.readUInt16LE(510)).toBe(0x820);
    expect(image.subarray(512, 1200)).toEqual(core.subarray(512));
  });

  it('changes neither of the files it was given', () => {
    expect(boot.every((byte) => byte === 0x11)).toBe(true);
    expect(core.every((byte) => byte === 0x22)).toBe(true);
  });

  it('refuses a core that does not fit, and a boot program that is none', () => {
    expect(() => placeGrub(boot, core, 2048, 1024)).toThrow(/does not fit/);
    expect(() => placeGrub(boot.subarray(1), core, 2048, 4096)).toThrow(/does not fit/);
  });
});
