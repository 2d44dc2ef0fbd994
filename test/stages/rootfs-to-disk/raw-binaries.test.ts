import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageDisk, ImagePartition } from '../../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../../toolkit/domain/image-identity.ts';
import { diskPartitions } from '../../../toolkit/domain/image-partitions.ts';
import { planLayout } from '../../../toolkit/domain/layout.ts';
import { diskPieces } from '../../../toolkit/stages/rootfs-to-disk/bytes.ts';
import { binaryPieces, placeBinaries } from '../../../toolkit/stages/rootfs-to-disk/raw-binaries.ts';
import { imageConfig, imageDisk } from '../../support/image-host.ts';

const MIB = 1024 ** 2;

const part = (id: string, changes: Partial<ImagePartition>): ImagePartition => ({
  ...{ id, name: undefined, type: undefined, flags: [], start: undefined, size: 8 * MIB },
  ...{ grow: false, fileSystem: undefined, label: undefined, mount: undefined, mountOptions: undefined },
  ...{ mountBy: 'uuid', removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
  ...changes,
});

const GPT: Partial<ImageDisk> = {
  boot: 'none',
  size: 32 * MIB,
  partitions: [
    part('firmware', { start: 4 * MIB, size: 4 * MIB }),
    part('root', { size: 16 * MIB, fileSystem: 'ext4', mount: '/' }),
  ],
};

function plan(changes: Partial<ImageDisk>) {
  const config = imageConfig({ disk: imageDisk(changes) });
  const content = () => ({ entries: 1, bytes: 1, blocks: 1 });
  return { config, layout: planLayout(config, imageIdentity(config), content, 0) };
}

function place(seek: number, size: number, changes = GPT, more: readonly number[] = []): number[] {
  const { config, layout } = plan(changes);
  const binaries = [seek, ...more].map((at) => ({
    ...{ source: `/at-${at}`, blockSize: 512, seek: at },
    digest: { sha256: 'a'.repeat(64), size },
  }));
  return placeBinaries('trial', layout, diskPartitions(config.disk), binaries).map(({ offset }) => offset);
}

describe('placeBinaries', () => {
  it('lays files behind the table, into a partition with nothing in it, and behind all', () => {
    expect(place(34, 2 * MIB)).toEqual([34 * 512]);
    expect(place(8192, 4 * MIB)).toEqual([4 * MIB]);
    expect(place(49152, MIB)).toEqual([24 * MIB]);
    expect(place(34, 512, GPT, [35])).toEqual([34 * 512, 35 * 512]);
    expect(place(1, MIB - 512, { ...GPT, table: 'mbr' })).toEqual([512]);
  });

  it.each([
    ['the partition table', 33, 512, GPT],
    ['the partition table', 0, 512, { ...GPT, table: 'mbr' }],
    ["the partition 'root'", 8192, 4 * MIB + 1, GPT],
    ['the second partition table', 64 * 1024 - 33, 512, GPT],
    ['the end of the disk', 64 * 1024 - 1, 1024, { ...GPT, table: 'mbr' }],
    ['GRUB', 2000, 512, { ...GPT, boot: 'bios', table: 'mbr' }],
  ] as const)('refuses what would lie over %s', (what, seek, size, disk) => {
    expect(() => place(seek, size, disk)).toThrow(
      expect.objectContaining({ code: 'IMAGE_RAW_BINARY', message: expect.stringMatching(`over ${what}$`) }),
    );
  });

  it('refuses files that lie over each other, and over a link of an MBR', () => {
    expect(() => place(34, 513, GPT, [35])).toThrow(
      '/at-35, bytes 17920 to 18433 of the disk, would lie over /at-34',
    );
    const five = ['a', 'b', 'c', 'd'].map((id) => part(id, { size: MIB }));
    const partitions = [part('root', { size: 16 * MIB, fileSystem: 'ext4', mount: '/' }), ...five];
    // The fourth begins at 20 MiB, its link a mebibyte before.
    expect(() => place(19 * 2048, 512, { ...GPT, table: 'mbr', partitions })).toThrow('a link of the MBR');
  });
});

describe('binaryPieces', () => {
  it('gives a file in pieces that follow one another, to their place among those of the disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'raw-binary-'));
    try {
      const source = join(folder, 'loader');
      await writeFile(source, Buffer.alloc(MIB + 3, 7));
      const placed = { source, offset: 5, digest: { sha256: 'a'.repeat(64), size: MIB + 3 } };
      const pieces = await Array.fromAsync(binaryPieces(placed));
      expect(pieces.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
        [5, MIB],
        [5 + MIB, 3],
      ]);
      const { config, layout } = plan(GPT);
      const nothing = async function* () {};
      const at34 = [{ ...placed, offset: 34 * 512 }];
      const disk = await Array.fromAsync(diskPieces(layout, config, undefined, nothing, at34));
      const offsets = disk.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(disk.find(({ offset }) => offset === 34 * 512)?.bytes[0]).toBe(7);
      const cut = { ...placed, digest: { ...placed.digest, size: MIB + 4 } };
      await expect(Array.fromAsync(binaryPieces(cut))).rejects.toThrow('cut off');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
