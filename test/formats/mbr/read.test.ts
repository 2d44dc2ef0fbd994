import { describe, expect, it } from 'vitest';
import { encodeMbr, isMbr, type MbrLayout, readMbr } from '../../../toolkit/formats/mbr/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';

const MIB = 1024 ** 2;
const SECTORS = MIB / 512;
const part = (start: number, end: number, type = 0x83, active = false) => ({
  ...{ name: '', type, active, startLba: start * SECTORS, endLba: end * SECTORS - 1 },
});
const FEW: MbrLayout = {
  ...{ size: 32 * MIB, sectorSize: 512, signature: 0xc0ffee01 },
  partitions: [part(1, 9, 0xef), part(9, 31, 0x83, true)],
};
const MANY: MbrLayout = {
  ...FEW,
  partitions: [part(1, 2), part(2, 3, 0x82), part(3, 5), part(6, 8), part(9, 12, 0x83, true), part(20, 30)],
};

function onDisk(layout: MbrLayout, bootCode = new Uint8Array()): Buffer {
  const disk = Buffer.alloc(layout.size);
  for (const { offset, bytes } of encodeMbr(layout, { bootCode })) disk.set(bytes, offset);
  return disk;
}
const read = async (disk: Buffer) => await readMbr(memorySource(disk), disk.length, 512);

describe('readMbr', () => {
  it.each([
    ['four at most', FEW],
    ['a chain of logical ones', MANY],
  ])('reads what was written: %s', async (_, layout) => {
    const disk = onDisk(layout, Buffer.alloc(440, 0xeb));
    expect(isMbr(disk.subarray(0, 512))).toBe(true);
    expect(await read(disk)).toEqual(layout);
  });

  it.each([
    ['a chain that goes round', (disk: Buffer) => disk.writeUInt32LE(0, 8 * MIB + 462 + 8)],
    ['a link that is no table', (disk: Buffer) => disk.writeUInt16LE(0, 8 * MIB + 510)],
    ['an empty link', (disk: Buffer) => disk.fill(0, 8 * MIB, 8 * MIB + 510)],
    ['a partition in another', (disk: Buffer) => disk.writeUInt32LE(2 * SECTORS - 1, 462 + 8)],
    ['another geometry', (disk: Buffer) => disk.writeUInt8(7, 447)],
    ['no signature', (disk: Buffer) => disk.writeUInt32LE(0, 440)],
    ['others in the second of four', (disk: Buffer) => disk.writeUInt8(0x0f, 462 + 4)],
  ])('refuses %s', async (_, damage) => {
    const disk = onDisk(MANY);
    damage(disk);
    await expect(read(disk)).rejects.toMatchObject({ code: 'MBR_INVALID' });
  });

  it('refuses a disk that is cut short', async () => {
    const disk = onDisk(MANY).subarray(0, 10 * MIB);
    await expect(read(disk)).rejects.toMatchObject({ code: 'MBR_INVALID' });
  });

  it('is no GPT, and no empty disk', () => {
    const sector = Buffer.from(onDisk(FEW).subarray(0, 512));
    sector[446 + 4] = 0xee;
    expect(isMbr(sector)).toBe(false);
    expect(isMbr(Buffer.alloc(512))).toBe(false);
    expect(isMbr(Buffer.alloc(100))).toBe(false);
  });
});
