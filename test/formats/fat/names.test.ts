import { describe, expect, it } from 'vitest';
import { decodeNames } from '../../../toolkit/formats/fat/names.ts';

/** Entries of `A long name.txt` as mtools writes them: two parts of the long name, then the short one. */
function longEntries(sum: number): Buffer {
  const name = 'A long name.txt';
  const part = (order: number, from: number): Buffer => {
    const bytes = Buffer.alloc(32, 0xff);
    bytes[0] = order;
    bytes[11] = 0x0f;
    bytes[12] = 0;
    bytes[13] = sum;
    bytes.writeUInt16LE(0, 26);
    const text = `${name.slice(from, from + 13)}\0`;
    for (const [index, at] of [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30].entries()) {
      if (index < text.length) bytes.writeUInt16LE(text.charCodeAt(index), at);
    }
    return bytes;
  };
  return Buffer.concat([part(0x42, 13), part(0x01, 0), short('ALONGN~1TXT', { size: 4 })]);
}

function short(name: string, { size = 0, attributes = 0x20, lower = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name, 'latin1');
  bytes[11] = attributes;
  bytes[12] = lower;
  bytes.writeUInt16LE((12 << 11) | (30 << 5) | 5, 22);
  bytes.writeUInt16LE((43 << 9) | (11 << 5) | 14, 24);
  bytes.writeUInt16LE(7, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

/** Of `ALONGN~1TXT`: rotated right and added, byte by byte. */
const SUM = [...Buffer.from('ALONGN~1TXT')].reduce(
  (sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff,
  0,
);

describe('decodeNames', () => {
  it('puts a long name together, and takes the short one where it belongs to another', () => {
    expect(decodeNames(longEntries(SUM))).toEqual([
      {
        ...{ name: 'A long name.txt', isDirectory: false, cluster: 7, size: 4 },
        mtime: Date.UTC(2023, 10, 14, 12, 30, 10) / 1000,
      },
    ]);
    expect(decodeNames(longEntries(SUM ^ 1))[0]!.name).toBe('ALONGN~1.TXT');
  });

  it('knows short names in lower case, folders, and leaves out labels and itself', () => {
    const folder = Buffer.concat([
      short('ESP        ', { attributes: 0x08 }),
      short('.          ', { attributes: 0x10 }),
      short('..         ', { attributes: 0x10 }),
      short('GRUB       ', { attributes: 0x10, lower: 0x08, size: 99 }),
      short('GRUB    CFG', { lower: 0x18 }),
      Buffer.alloc(32),
      short('BEHIND     '),
    ]);
    expect(decodeNames(folder).map(({ name, isDirectory, size }) => [name, isDirectory, size])).toEqual([
      ['grub', true, 0],
      ['grub.cfg', false, 0],
    ]);
  });
});
