import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERITY_BLOCK, verityGeometry } from '../../../toolkit/domain/verity.ts';
import { writeVerityTree } from '../../../toolkit/formats/verity/index.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const options = { uuid: '12345678-1234-4321-8765-123456789abc', salt: Buffer.from('a1b2c3d4', 'hex') };
const sha256 = (...parts: readonly Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** Blocks of which some are equal and some are zeros, in pieces that end anywhere. */
function testData(blocks: number): Buffer {
  const data = Buffer.alloc(blocks * VERITY_BLOCK);
  for (let index = 0; index < blocks; index += 1) {
    if (index % 3 !== 0) data.writeUInt32LE(index % 1000, index * VERITY_BLOCK + 100);
  }
  return data;
}

async function* pieces(data: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0, length = 1; at < data.length; at += length, length = ((length * 7) % 20_011) + 1) {
    yield data.subarray(at, at + length);
  }
}

async function hashDevice(data: Buffer, blocks: number): Promise<{ device: Buffer; root: string }> {
  const device = Buffer.alloc(verityGeometry(blocks).blocks * VERITY_BLOCK);
  const root = await writeVerityTree(pieces(data), blocks, options, async ({ offset, bytes }) => {
    device.set(bytes, offset);
  });
  return { device, root };
}

describe('verityGeometry', () => {
  it('puts the top level first, right behind the superblock', () => {
    expect(verityGeometry(128 * 128 + 1)).toEqual({
      dataBlocks: 16_385,
      levels: [
        { start: 4, blocks: 129 },
        { start: 2, blocks: 2 },
        { start: 1, blocks: 1 },
      ],
      blocks: 133,
    });
    expect(verityGeometry(128).levels).toEqual([{ start: 1, blocks: 1 }]);
  });
});

describe('writeVerityTree', () => {
  it('hashes the salt before each block, level by level', async () => {
    const data = testData(130);
    const { device, root } = await hashDevice(data, 130);
    const block = (index: number) => data.subarray(index * VERITY_BLOCK, (index + 1) * VERITY_BLOCK);
    expect(device.subarray(2 * VERITY_BLOCK, 2 * VERITY_BLOCK + 32)).toEqual(sha256(options.salt, block(0)));
    expect(device.subarray(3 * VERITY_BLOCK + 32, 3 * VERITY_BLOCK + 64)).toEqual(
      sha256(options.salt, block(129)),
    );
    const top = device.subarray(VERITY_BLOCK, 2 * VERITY_BLOCK);
    expect(top.subarray(0, 32)).toEqual(
      sha256(options.salt, device.subarray(2 * VERITY_BLOCK, 3 * VERITY_BLOCK)),
    );
    expect(root).toBe(sha256(options.salt, top).toString('hex'));
  });

  it('takes no other number of blocks than said', async () => {
    const none = async () => undefined;
    await expect(writeVerityTree(pieces(testData(3)), 4, options, none)).rejects.toThrow('3 blocks came');
    const torn = pieces(testData(2).subarray(1));
    await expect(writeVerityTree(torn, 2, options, none)).rejects.toThrow('ends inside a block');
  });
});

describe('hashes as veritysetup sees them', () => {
  it.each([1, 128, 129, 20_000])('has the root hash that it computes of %i blocks', async (blocks) => {
    const { root } = await hashDevice(testData(blocks), blocks);
    expect(root).toBe(ROOTS[blocks]);
  });

  judged('veritysetup')('are right', async () => {
    using folder = tempFolder('verity-');
    const data = testData(20_000);
    const { device, root } = await hashDevice(data, 20_000);
    writeFileSync(join(folder.path, 'data'), data);
    writeFileSync(join(folder.path, 'hashes'), device);
    runTool(['veritysetup', 'verify', 'data', 'hashes', root], { cwd: folder.path });
    data[12_345_678]! ^= 1;
    writeFileSync(join(folder.path, 'data'), data);
    runTool(['veritysetup', 'verify', 'data', 'hashes', root], { cwd: folder.path, okay: [1] });
  });
});

/** What `veritysetup format --salt=a1b2c3d4` of cryptsetup 2.7.5 said of the same data. */
const ROOTS: Readonly<Record<number, string>> = {
  1: '8fd8534522207464bf368950b805554517666ca234bfce688c8b7b1b5790e6ef',
  128: 'b109ee573b306c364feef3ec3985fca5f65e9ab134489ec3abe438f2fbdac112',
  129: 'efb4f3dffa217574bb32849fc5b0c9dad7e32bf5752315c009b3a80d5f73d0f6',
  20000: 'f0e1ee1454c3eb23e7b36cae450e5778baece12c3c5fa70dd7bfc4efb82e75a3',
};
