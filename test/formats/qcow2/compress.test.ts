import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packerOf } from '../../../toolkit/formats/disk-packer.ts';
import type { Extent } from '../../../toolkit/formats/image.ts';
import { compressQcow2 } from '../../../toolkit/formats/qcow2/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { noise, sha256 } from '../support/bytes.ts';
import { MIB } from '../support/image.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const SIZE = 8 * MIB - 1024;
const EXTENTS: readonly Extent[] = [
  { offset: 0, length: MIB },
  { offset: 2 * MIB, length: 3 * MIB + 512 },
  { offset: SIZE - 512, length: 512 },
];

/** Text that packs well, noise that does not, and zeros inside of an extent. */
function disk(): Buffer {
  const bytes = Buffer.alloc(SIZE);
  bytes.fill('some text that is there again and again. ', 0, MIB);
  bytes.set(noise(MIB, 1), 2 * MIB);
  for (let at = 3 * MIB; at < 4 * MIB; at += 1000) {
    bytes.set(noise(300, at), at);
  }
  bytes.fill('end', SIZE - 512);
  return bytes;
}

async function compress(compression: 'deflate' | 'zstd', concurrency = 4) {
  const packer = packerOf(memorySource(disk()), concurrency);
  // A chunk is good until the next one is asked for.
  const chunks = compressQcow2(SIZE, EXTENTS, packer, compression);
  return Array.fromAsync(chunks, ({ offset, bytes }) => ({ offset, bytes: Buffer.from(bytes) }));
}

describe('compressQcow2', () => {
  it('gives the same chunks whatever the concurrency', async () => {
    const digest = async (concurrency: number) =>
      sha256(
        JSON.stringify(
          (await compress('zstd', concurrency)).map(({ offset, bytes }) => [offset, sha256(bytes)]),
        ),
      );
    expect(await digest(1)).toBe(await digest(7));
  });

  it('leaves no gap and ends with the header', async () => {
    const chunks = await compress('deflate');
    expect(chunks.pop()?.offset).toBe(0);
    const sorted = chunks.toSorted((a, b) => a.offset - b.offset);
    let end = 65536;
    for (const { offset, bytes } of sorted) {
      expect(offset).toBeGreaterThanOrEqual(end);
      // Behind what is compressed less than a cluster is left free.
      expect(offset - end).toBeLessThan(65536);
      end = offset + bytes.length;
    }
    expect(end % 65536).toBe(0);
    expect(end).toBeLessThan(3 * MIB);
  });

  it('passes an error of the disk on', async () => {
    const read = () => Promise.reject(new Error('disk'));
    const image = Array.fromAsync(compressQcow2(SIZE, EXTENTS, packerOf(read, 3), 'zstd'));
    await expect(image).rejects.toThrow('disk');
  });

  it('refuses a size that qcow2 cannot hold', async () => {
    const image = Array.fromAsync(compressQcow2(100, [], packerOf(memorySource(disk()), 1), 'zstd'));
    await expect(image).rejects.toMatchObject({ code: 'QCOW2_SIZE' });
  });

  for (const compression of ['deflate', 'zstd'] as const) {
    judged('qemu-img')(
      `holds the disk, whole and without a problem, for qemu-img: ${compression}`,
      async () => {
        using folder = tempFolder('qcow2-');
        const [raw, image] = [join(folder.path, 'raw'), join(folder.path, 'image')];
        const files = [openSync(raw, 'w'), openSync(image, 'w')] as const;
        writeSync(files[0], disk());
        for (const { offset, bytes } of await compress(compression)) {
          writeSync(files[1], bytes, 0, bytes.length, offset);
        }
        files.forEach(closeSync);
        runTool(['qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', raw, image]);
        const check = JSON.parse(runTool(['qemu-img', 'check', '--output=json', image]).toString());
        expect(check['compressed-clusters']).toBeGreaterThan(20);
        expect(check['allocated-clusters'] - check['compressed-clusters']).toBe(16);
        const info = JSON.parse(runTool(['qemu-img', 'info', '--output=json', image]).toString());
        expect(info['virtual-size']).toBe(SIZE);
        expect(info['format-specific'].data['compression-type']).toBe(
          compression === 'zstd' ? 'zstd' : 'zlib',
        );
      },
    );
  }
});
