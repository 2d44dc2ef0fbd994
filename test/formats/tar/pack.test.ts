import { describe, expect, it } from 'vitest';
import { packTar, writeTar } from '../../../toolkit/formats/tar/index.ts';
import { collect } from '../support/bytes.ts';
import { entry, sorted } from '../support/manifest.ts';

const MIB = 1 << 20;

describe('packTar', () => {
  it('gives the bytes of writeTar, however contents lie in its buffers', async () => {
    const sizes = [0, 1, 511, 512, 4 * MIB - 2560, 4 * MIB, 4 * MIB + 1, 9 * MIB + 7, 3];
    const files = sizes.map((size, at) => ({ ...entry(`file-${at}`, 'file'), size }));
    const long = entry(`dir/${'n'.repeat(200)}`, 'symlink', { target: 't'.repeat(300) });
    const tree = sorted(entry('', 'directory'), entry('dir', 'directory'), long, ...files);
    const noise = Buffer.alloc(10 * MIB);
    for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
    const open = async function* ({ size }: { readonly size: number }) {
      yield noise.subarray(0, size);
    };
    const fill = (_: unknown, from: number, target: Uint8Array) => {
      target.set(noise.subarray(from, from + target.length));
    };
    const pieces: Buffer[] = [];
    for await (const piece of packTar(tree, fill, { xattrs: 'both' })) pieces.push(Buffer.from(piece));
    expect(pieces.every(({ length }) => length <= 4 * MIB)).toBe(true);
    const whole = await collect(writeTar(tree, open, { xattrs: 'both' }));
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
  });
});
