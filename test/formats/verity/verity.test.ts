import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERITY_BLOCK, verityGeometry } from '../../../toolkit/domain/verity.ts';
import { writeVerityTree } from '../../../toolkit/formats/verity/index.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const options = { uuid: '12345678-1234-4321-8765-123456789abc', salt: Buffer.from('a1b2c3d4', 'hex') };
const sha256 = (...parts: readonly Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** Blocks, roots, and the SHA-256 of the parity that `veritysetup format` of cryptsetup 2.7.5 wrote of `testData`. */
const PARITIES = [
  [1, 2, '9f1dcbc35c350d6027f98be0f5c8b43b42ca52b7604459c0c42be3aa88913d47'],
  [129, 24, '0c88de5bf3c7cad451a6d44aaf2ea99aadb58c56f3c921c5a85526041f146f7a'],
  [1000, 7, 'd92fd5cf238bbb09f99a88d17e4a2147899d62ea17aadf46a8f7355a73ec9059'],
  [5000, 2, '3cb8b7f77d35a6ebd1f3a32dc24290b7353a1f5b1f91089c56fd2fde8c32f0f6'],
] as const;

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

async function hashDevice(
  data: Buffer,
  blocks: number,
  roots = 0,
): Promise<{ device: Buffer; root: string }> {
  const device = Buffer.alloc(verityGeometry(blocks, roots).blocks * VERITY_BLOCK);
  const root = await writeVerityTree(
    pieces(data),
    blocks,
    { ...options, roots },
    async ({ offset, bytes }) => {
      device.set(bytes, offset);
    },
  );
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
      fec: undefined,
      blocks: 133,
    });
    expect(verityGeometry(128, 2).fec).toEqual({ covered: 129, start: 2, rounds: 1, blocks: 2 });
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
    runTool(['veritysetup', 'verify', 'data', 'hashes', root], { cwd: folder.path, okay: [1, 2] });
  });
});

describe('error correction as veritysetup sees it', () => {
  it.each(PARITIES)('is what it writes for %i blocks with %i roots', async (blocks, roots, digest) => {
    const { device } = await hashDevice(testData(blocks), blocks, roots);
    const { start } = verityGeometry(blocks, roots).fec!;
    expect(sha256(device.subarray(start * VERITY_BLOCK)).toString('hex')).toBe(digest);
  });

  judged('veritysetup')('has the same bytes, and repairs blocks of the data and of the tree', async () => {
    using folder = tempFolder('verity-');
    const [blocks, roots] = [3000, 4];
    const data = testData(blocks);
    const { device, root } = await hashDevice(data, blocks, roots);
    const { start, rounds } = verityGeometry(blocks, roots).fec!;
    const store = (name: string, bytes: Uint8Array) => writeFileSync(join(folder.path, name), bytes);
    const veritysetup = (action: string, hashes: string, ...more: string[]) => {
      const correction = [
        `--fec-device=${hashes}`,
        `--fec-offset=${start * VERITY_BLOCK}`,
        `--fec-roots=${roots}`,
      ];
      return runTool(['veritysetup', action, ...correction, 'data', hashes, ...more], { cwd: folder.path });
    };
    store('data', data);
    store('theirs', Buffer.alloc(device.length));
    veritysetup('format', 'theirs', '--salt=a1b2c3d4', `--uuid=${options.uuid}`);
    expect(device.equals(readFileSync(join(folder.path, 'theirs')))).toBe(true);
    store('hashes', device);
    expect(String(veritysetup('verify', 'hashes', root))).not.toContain('repairable');
    const damage = (bytes: Buffer, block: number) => {
      for (let at = 0; at < VERITY_BLOCK; at += 1) bytes[block * VERITY_BLOCK + at]! ^= (at * block) % 251;
    };
    // As many of a code word as can be found and repaired: half of the roots.
    damage(data, 100);
    damage(data, 100 + rounds);
    damage(device, 5);
    store('data', data);
    store('hashes', device);
    veritysetup('verify', 'hashes', root);
    damage(data, 100 + 2 * rounds);
    store('data', data);
    expect(() => veritysetup('verify', 'hashes', root)).toThrow('cannot be repaired');
  });
});

/** What `veritysetup format --salt=a1b2c3d4` of cryptsetup 2.7.5 said of the same data. */
const ROOTS: Readonly<Record<number, string>> = {
  1: '8fd8534522207464bf368950b805554517666ca234bfce688c8b7b1b5790e6ef',
  128: 'b109ee573b306c364feef3ec3985fca5f65e9ab134489ec3abe438f2fbdac112',
  129: 'efb4f3dffa217574bb32849fc5b0c9dad7e32bf5752315c009b3a80d5f73d0f6',
  20000: 'f0e1ee1454c3eb23e7b36cae450e5778baece12c3c5fa70dd7bfc4efb82e75a3',
};
