import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import { checksumOf } from '../../../toolkit/formats/btrfs/bytes.ts';
import { readBtrfs } from '../../../toolkit/formats/btrfs/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { BTRFS, writeBtrfsImage } from '../support/btrfs.ts';
import { collect, noise } from '../support/bytes.ts';
import { comparable, MIB } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry } from '../support/manifest.ts';
import { readChanged } from '../support/sealed-noise.ts';

const SUPERBLOCK = 64 * 1024;
const NODE = 16_384;
const SLOW = 120_000;
const LARGE = { ...entry('z', 'file'), size: 20 * MIB + 5 };
const MANY = [
  entry('lots', 'directory'),
  ...Array.from({ length: 2000 }, (_, at) =>
    entry(`lots/${at}`, 'file', { content: at % 100 === 0 ? String(at) : '' }),
  ),
];
const TREE = [...oddEntries, ...MANY, LARGE];

/** Mends the checksum of the superblock, or of a node. */
function seal(bytes: Buffer): void {
  if (bytes.length === NODE || bytes.toString('latin1', 0x40, 0x48) === '_BHRfS_M') {
    bytes.writeUInt32LE(checksumOf(bytes, 0x20), 0);
  }
}

describe('readBtrfs', () => {
  let image: Buffer;

  beforeAll(async () => {
    using folder = tempFolder('btrfs-');
    const path = join(folder.path, 'image');
    await writeBtrfsImage(path, TREE, {}, (one, from, target) => {
      const text = /^lots\/(\d+)/.exec(latin1Text(one.path))?.[1] ?? oddText(one);
      if (one === LARGE) target.fill(0x78);
      else target.set(Buffer.from(text).subarray(from, from + target.length));
    });
    image = readFileSync(path);
  }, SLOW);

  it(
    'gives back every field and byte of what our writer wrote, from anywhere in a file',
    async () => {
      const found = await readBtrfs(memorySource(Buffer.concat([noise(MIB, 1), image])), MIB);
      expect(found).toMatchObject({ uuid: BTRFS.uuid, label: 'data', size: 128 * MIB });
      expect(comparable(found.entries)).toEqual(comparable(TREE));
      for (const one of found.entries.filter(({ type }) => type === 'file')) {
        const name = latin1Text(one.path);
        const bytes = await collect(found.content(one));
        if (name === 'z') expect(bytes.equals(Buffer.alloc(LARGE.size, 0x78))).toBe(true);
        else if (name.startsWith('lots/')) expect(['', name.slice(5)]).toContain(bytes.toString());
        else expect(bytes.toString()).toBe(oddText(one));
      }
      const large = found.entries.at(-1)!;
      expect(found.dataOf(large)).toEqual([{ offset: 0, length: LARGE.size }]);
    },
    SLOW,
  );

  it('notices one changed bit of the superblock, of a node and of a content', async () => {
    const changed = (at: number): Buffer => {
      const bytes = Buffer.from(image);
      bytes[at]! ^= 1;
      return bytes;
    };
    const reading = async (at: number) => await readBtrfs(memorySource(changed(at)));
    const code = 'BTRFS_DAMAGED';
    await expect(reading(SUPERBLOCK + 300)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('superblock'),
    });
    await expect(reading(MIB + 200)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('node at 1048576'),
    });
    const { entries, content } = await reading(image.indexOf(Buffer.alloc(4096, 0x78)) + 4096);
    await expect(collect(content(entries.at(-1)!))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/another checksum \(\/z\)\.$/),
    });
  });

  it('tells the name of a file that is packed with lzo, and what to do', async () => {
    const bytes = Buffer.from(image);
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(BigInt(image.indexOf(Buffer.alloc(4096, 0x78))));
    // In the item of the run, of the type 1, the packing is 5 bytes before the place.
    let at = bytes.indexOf(place);
    while (at >= 0 && bytes[at - 1] !== 1) at = bytes.indexOf(place, at + 1);
    expect(at).toBeGreaterThan(0);
    bytes[at - 5] = 2;
    const node = Math.floor(at / NODE) * NODE;
    seal(bytes.subarray(node, node + NODE));
    await expect(readBtrfs(memorySource(bytes))).rejects.toMatchObject({
      code: 'BTRFS_UNSUPPORTED',
      message: expect.stringMatching(/packed with lzo, which is not read \(\/z\)\.$/),
      hint: expect.stringContaining('defragment'),
    });
  });

  it.each([
    ['BTRFS_LOG', 'was not unmounted', 0x61, 1],
    ['BTRFS_UNSUPPORTED', 'on 2 devices', 0x88, 2],
    ['BTRFS_UNSUPPORTED', 'feature zoned', 0xbd, 0x13],
    ['BTRFS_UNSUPPORTED', 'checksums are sha256', 0xc4, 2],
    ['BTRFS_DAMAGED', 'numbers in its superblock', 0x95, 0x41],
    ['BTRFS_DAMAGED', 'chunks in its superblock', 0xa0, 60],
  ])('refuses with %s: %s', async (code, message, at, value) => {
    const changed = Buffer.from(image);
    changed[SUPERBLOCK + at] = value;
    seal(changed.subarray(SUPERBLOCK, SUPERBLOCK + 4096));
    const reading = readBtrfs(memorySource(changed));
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it(
    'says of whatever is changed what is wrong, even where the checksums are right',
    async () => {
      const codes = new Set<string>();
      for (let seed = 1; seed <= 60; seed += 1) codes.add(await readChanged(image, seed, seal, readBtrfs));
      expect(codes).toContain('BTRFS_DAMAGED');
      expect(
        [...codes].every((code) => code === 'read' || /^BTRFS_(DAMAGED|UNSUPPORTED|LOG)$/.test(code)),
      ).toBe(true);
    },
    SLOW,
  );

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(MIB)],
    ['noise', noise(MIB, 5)],
  ])('refuses %s', async (_, bytes) => {
    await expect(readBtrfs(memorySource(bytes))).rejects.toMatchObject({ code: 'BTRFS_DAMAGED' });
  });

  it.each([100_000, 3 * MIB, 20 * MIB])('refuses what ends after %i bytes', async (end) => {
    const reading = readBtrfs(memorySource(image.subarray(0, end)));
    await expect(reading).rejects.toMatchObject({ code: 'BTRFS_DAMAGED' });
  });

  judged('mkfs.btrfs')(
    'reads what mkfs.btrfs made of a folder, also packed',
    async () => {
      using folder = tempFolder('btrfs-');
      const path = join(folder.path, 'image');
      const text = 'the same again and again '.repeat(20_000);
      runTool(['sh', '-c', `mkdir ${folder.path}/top && cat >${folder.path}/top/even`], {
        input: Buffer.from(text),
      });
      // That of Debian 12 cannot pack: mounted.full.test.ts lets Linux do it.
      const packs = runTool(['mkfs.btrfs', '--help'], { okay: [0, 1] }).includes('--compress');
      for (const packing of packs ? ['no', 'zlib', 'zstd'] : ['no']) {
        runTool(['truncate', '-s', '0', path]);
        runTool(['truncate', '-s', '128M', path]);
        const packed = packing === 'no' ? [] : ['--compress', packing];
        const from = ['--rootdir', `${folder.path}/top`];
        runTool(['mkfs.btrfs', '-q', '-L', 'theirs', ...packed, ...from, path]);
        const { entries, label, content } = await readBtrfs(memorySource(readFileSync(path)));
        expect(label).toBe('theirs');
        expect(entries.map((one) => latin1Text(one.path))).toEqual(['', 'even']);
        expect((await collect(content(entries[1]!))).toString()).toBe(text);
      }
    },
    SLOW,
  );
});
