import { describe, expect, it } from 'vitest';
import { openFat } from '../../../toolkit/formats/fat/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { noise } from '../support/bytes.ts';
import { smallFat } from '../support/fat.ts';

const LARGE = noise(5000, 4);
const DISK = smallFat({
  'EFI/BOOT/BOOTX64.EFI': LARGE,
  EMPTY: Buffer.alloc(0),
  'GRUB/GRUB.CFG': Buffer.from('text'),
});
const OFFSET = 1000;
const open = async (bytes: Uint8Array) =>
  await openFat(memorySource(Buffer.concat([Buffer.alloc(OFFSET), bytes])), OFFSET);

describe('openFat', () => {
  it('finds files by their paths and follows their clusters', async () => {
    const fat = await open(DISK);
    expect((await fat.read('efi/Boot/bootx64.efi'))?.equals(LARGE)).toBe(true);
    expect((await fat.read('GRUB/GRUB.CFG'))?.toString()).toBe('text');
    expect(await fat.read('EMPTY')).toHaveLength(0);
  });

  it.each(['', 'EFI', 'EFI/BOOT/OTHER.EFI', 'EMPTY/FILE', 'LABEL', 'LONG', 'FILE.TXT'])(
    'says that %j is no file',
    async (path) => {
      expect(await (await open(DISK)).read(path)).toBeUndefined();
    },
  );

  it.each(['fat16', 'fat12'] as const)(
    'reads a %s, which has the root folder in a place of its own',
    async (kind) => {
      const fat = await open(smallFat({ 'A/B/LARGE': LARGE, 'FILE.TXT': Buffer.from('text') }, kind));
      expect(fat).toMatchObject({ kind, serial: '1234abcd', label: 'SMALL' });
      expect((await fat.read('a/b/large'))?.equals(LARGE)).toBe(true);
      const listed = await fat.list();
      expect(listed.map(({ path }) => path)).toEqual(['A', 'A/B', 'A/B/LARGE', 'FILE.TXT']);
      expect((await listed[2]!.content()).equals(LARGE)).toBe(true);
    },
  );

  it('lists everything, and says what it is called', async () => {
    const fat = await open(DISK);
    const listed = await fat.list();
    expect(listed.map(({ path, size }) => [path, size]).sort()).toEqual([
      ['EFI', 0],
      ['EFI/BOOT', 0],
      ['EFI/BOOT/BOOTX64.EFI', LARGE.length],
      ['EMPTY', 0],
      ['GRUB', 0],
      ['GRUB/GRUB.CFG', 4],
    ]);
    const program = listed.find(({ path }) => path.endsWith('BOOTX64.EFI'));
    expect((await program!.content()).equals(LARGE)).toBe(true);
    expect(fat).toMatchObject({ kind: 'fat32', serial: '00000000' });
  });

  it.each([
    ['noise', noise(4096, 1)],
    ['a disk that is cut short', DISK.subarray(0, 20_000)],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', async (_, bytes) => {
    await expect(open(bytes)).rejects.toMatchObject({ code: 'FAT_DAMAGED' });
  });

  it('refuses a file whose clusters end too early, or are nowhere', async () => {
    for (const [value, message] of [
      [0x0fffffff, /has 512 of 5000 bytes/],
      [0x00ffffff, /there is no cluster/],
    ] as const) {
      const disk = cutChain(value);
      await expect((await open(disk)).read('EFI/BOOT/BOOTX64.EFI')).rejects.toThrow(message);
    }
  });
});

/** The disk with another cluster behind the first one of the large file. */
function cutChain(value: number): Buffer {
  const disk = Buffer.from(DISK);
  const first = disk.indexOf(LARGE.subarray(0, 512)) / 512 - 96 + 2;
  disk.writeUInt32LE(value, 32 * 512 + first * 4);
  return disk;
}
