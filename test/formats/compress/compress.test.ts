import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzip, zstd } from '../../../toolkit/formats/compress/index.ts';
import { collect, noise, pieces, sha256 } from '../support/bytes.ts';
import { MIB } from '../support/image.ts';
import { judged, runTool } from '../support/judge.ts';

/** Text, zeros over several pieces, noise; no whole number of pieces. */
function content(): Buffer {
  const bytes = Buffer.alloc(18 * MIB + 77);
  bytes.fill('text that is there again and again. ', 0, 3 * MIB);
  bytes.set(noise(MIB, 1), 17 * MIB);
  return bytes;
}

const FORMATS = [
  {
    ...{ name: 'gzip', pack: gzip, unpack: gunzipSync, tool: 'gzip' },
    golden: 'a8fdaf86eab22dc9589211ea5d5124f9945a395e638f984ae431821d8c334e1f',
    empty: '1f8b080000000000000303000000000000000000',
  },
  {
    ...{ name: 'zstd', pack: zstd, unpack: zstdDecompressSync, tool: 'zstd' },
    golden: 'e8d7df8484f8d518aca1e97a9328c1b358778c0984dcb742e35a9cd8056491cc',
    empty: '28b52ffd046001000099e9d851',
  },
] as const;

describe.each(FORMATS)('$name', ({ pack, unpack, tool, golden, empty }) => {
  const packed = async (bytes: Buffer, size: number, concurrency: number) =>
    await collect(pack(pieces(bytes, size), concurrency));

  it('writes the same bytes as ever, however they come and however many are packed at once', async () => {
    const first = await packed(content(), MIB, 1);
    expect(sha256(first)).toBe(golden);
    expect((await packed(content(), 333_333, 5)).equals(first)).toBe(true);
  });

  it('gives the content again', async () => {
    expect(unpack(await packed(content(), MIB, 3)).equals(content())).toBe(true);
  });

  it('holds nothing, where there is nothing', async () => {
    const none = await packed(Buffer.alloc(0), 1, 2);
    expect(none.toString('hex')).toBe(empty);
    expect(unpack(none)).toHaveLength(0);
  });

  it('passes a failure of its input on', async () => {
    const failing = async function* () {
      yield Buffer.alloc(9 * MIB, 'x');
      throw new Error('no more');
    };
    await expect(collect(pack(failing(), 3))).rejects.toThrow('no more');
  });

  judged(tool)('is whole for its own program, and found out when it is cut short or changed', async () => {
    const whole = await packed(content(), MIB, 3);
    expect(runTool([tool, '-dc'], { input: whole }).equals(content())).toBe(true);
    expect(() => runTool([tool, '-dc'], { input: whole.subarray(0, -1) })).toThrow('ended with');
    const changed = Buffer.from(whole);
    changed[whole.length - 2]! ^= 1;
    expect(() => runTool([tool, '-dc'], { input: changed })).toThrow('ended with');
  });
});
