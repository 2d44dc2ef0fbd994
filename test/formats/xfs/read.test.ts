import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { crc32c } from '../../../toolkit/formats/crc32c.ts';
import { type ByteSource, memorySource } from '../../../toolkit/formats/source.ts';
import { readXfs } from '../../../toolkit/formats/xfs/index.ts';
import { collect, noise } from '../support/bytes.ts';
import { comparable, MIB } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { readChanged } from '../support/sealed-noise.ts';
import { formsTree, readForm, writeXfsImage, XFS } from '../support/xfs.ts';

const BLOCK = 4096;
const SLOW = 120_000;
/** Where the log of a file system of 300 MiB begins: in the third of four groups. */
const LOG = (2 * 19_200 + 7) * BLOCK;
const FORMS = formsTree(600);
/** Where each kind of block of metadata has its checksum. */
const SEALS: readonly (readonly [magic: string, at: number, checksum: number])[] = [
  ...(['XDB3', 'XDD3'] as const).map((magic) => [magic, 0, 4] as const),
  ...(['XARM', 'XSLM'] as const).map((magic) => [magic, 0, 12] as const),
  ...['\x3b\xee', '\x3e\xbe'].map((magic) => [magic, 8, 12] as const),
  ['BMA3', 0, 64],
];

function sealAt(bytes: Buffer, at: number): void {
  bytes.writeUInt32LE(0, at);
  bytes.writeUInt32LE(crc32c(bytes), at);
}

/** Mends the checksums of inodes, and of blocks that tell what they are. */
function seal(bytes: Buffer): void {
  if (bytes.toString('latin1', 0, 4) === 'XFSB') sealAt(bytes, 224);
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const inode = bytes.subarray(at, at + 512);
    if (inode.toString('latin1', 0, 2) === 'IN') sealAt(inode, 100);
  }
  if (bytes.length !== BLOCK) return;
  const known = SEALS.find(([magic, at]) => bytes.toString('latin1', at, at + magic.length) === magic);
  if (known !== undefined) sealAt(bytes, known[2]);
}

function find(entries: readonly ManifestEntry[], path: string): ManifestEntry {
  return entries.find((one) => latin1Text(one.path) === path)!;
}

describe('readXfs', () => {
  let image: Buffer;

  /** The image with other bytes at a place. */
  const overlay =
    (place: number, bytes: ArrayLike<number>): ByteSource =>
    async (offset, length) => {
      const read = Buffer.from(image.subarray(offset, offset + length));
      for (let index = 0; index < bytes.length; index += 1) {
        const at = place + index - offset;
        if (at >= 0 && at < read.length) read[at] = bytes[index]!;
      }
      return read;
    };

  beforeAll(async () => {
    using folder = tempFolder('xfs-');
    const path = join(folder.path, 'image');
    await writeXfsImage(path, FORMS, {}, readForm);
    image = readFileSync(path);
  }, SLOW);

  it(
    'gives back every field and byte of what our writer wrote, in every form, from anywhere in a file',
    async () => {
      const found = await readXfs(
        async (offset, length) => image.subarray(offset - MIB, offset - MIB + length),
        MIB,
      );
      expect(found).toMatchObject({ uuid: XFS.uuid, label: 'data', size: 300 * MIB });
      const wanted = FORMS.map(({ data: _, xattrs, ...rest }) => ({
        ...rest,
        xattrs: xattrs.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      }));
      expect(comparable(found.entries)).toEqual(comparable(wanted));
      const byPath = new Map(FORMS.map((entry) => [latin1Text(entry.path), entry]));
      for (const entry of found.entries.filter(({ type, size }) => type === 'file' && size < 100 * MIB)) {
        const written = byPath.get(latin1Text(entry.path))!;
        if (written.data !== undefined) {
          expect(found.dataOf(entry)).toEqual(written.data);
          continue;
        }
        const bytes = Buffer.alloc(entry.size);
        await readForm(written, 0, bytes);
        expect((await collect(found.content(entry))).equals(bytes)).toBe(true);
      }
      const sparse = await collect(found.content(find(found.entries, 'zsparse-tree')));
      const expected = Buffer.alloc(sparse.length);
      for (let run = 0; run < 1000; run += 1) {
        expected.fill(1 + ((3 * run) % 251), run * 3 * BLOCK, run * 3 * BLOCK + BLOCK);
      }
      expect(sparse.equals(expected)).toBe(true);
    },
    SLOW,
  );

  it('tells where a file of 40 GiB has bytes', async () => {
    const { entries, dataOf, content } = await readXfs(memorySource(image));
    const far = find(entries, 'zsparse-far');
    expect(dataOf(far)).toEqual([{ offset: 30 * 1024 ** 3, length: MIB }]);
    expect((await content(far)[Symbol.asyncIterator]().next()).value).toEqual(Buffer.alloc(MIB));
    expect(dataOf(find(entries, 'zhole'))).toEqual([]);
  });

  it.each([
    ['its superblock', 200, 'its superblock has another checksum'],
    ['an inode', 16 * BLOCK + 60, 'inode 128 has another checksum (/)'],
  ])('notices one changed bit of %s', async (_, at, message) => {
    const reading = readXfs(overlay(at, [image[at]! ^ 1]));
    await expect(reading).rejects.toMatchObject({ code: 'XFS_DAMAGED', message: `xfs: ${message}.` });
  });

  it(
    'notices one changed bit of each kind of block',
    async () => {
      for (const [magic, where] of SEALS) {
        let block = 0;
        const isOne = () => image.toString('latin1', block + where, block + where + magic.length) === magic;
        while (!isOne()) block += BLOCK;
        const reading = readXfs(overlay(block + 70, [image[block + 70]! ^ 1]));
        await expect(reading).rejects.toMatchObject({
          code: 'XFS_DAMAGED',
          message: expect.stringContaining('checksum'),
        });
      }
    },
    SLOW,
  );

  it('refuses one that was not unmounted, and says what to do', async () => {
    for (const [at, value] of [
      [LOG + 512 + 9, 0],
      [LOG + 43, 2],
    ] as const) {
      const reading = readXfs(overlay(at, [value]));
      await expect(reading).rejects.toMatchObject({
        code: 'XFS_LOG',
        hint: expect.stringContaining('unmount'),
      });
    }
  });

  it.each([
    ['XFS_UNSUPPORTED', 'of version 4', 101, 0xa4],
    ['XFS_UNSUPPORTED', 'feature metadir', 218, 0x01],
    ['XFS_UNSUPPORTED', 'feature 0x80000000', 216, 0x80],
    ['XFS_DAMAGED', 'wants a repair', 219, 0x10],
    ['XFS_DAMAGED', 'numbers in its superblock', 4, 0x01],
  ])('refuses with %s what is %s', async (code, message, at, value) => {
    const superblock = Buffer.from(image.subarray(0, 512));
    superblock[at] = value;
    sealAt(superblock, 224);
    const reading = readXfs(overlay(0, superblock));
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it(
    'says of whatever is changed what is wrong, even where the checksums are right',
    async () => {
      const codes = new Set<string>();
      for (let seed = 1; seed <= 60; seed += 1) codes.add(await readChanged(image, seed, seal, readXfs));
      expect(codes).toContain('XFS_DAMAGED');
      expect(
        [...codes].every(
          (code) => ['read', 'XFS_LOG'].includes(code) || /^XFS_(DAMAGED|UNSUPPORTED)$/.test(code),
        ),
      ).toBe(true);
    },
    SLOW,
  );

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(MIB)],
    ['noise', noise(MIB, 5)],
  ])('refuses %s', async (_, bytes) => {
    await expect(readXfs(memorySource(bytes))).rejects.toMatchObject({ code: 'XFS_DAMAGED' });
  });

  it.each([MIB, LOG + 100, 200 * MIB])('refuses what ends after %i bytes', async (end) => {
    const reading = readXfs(memorySource(image.subarray(0, end)));
    await expect(reading).rejects.toMatchObject({ code: 'XFS_DAMAGED' });
  });

  judged('mkfs.xfs')('reads an empty one of mkfs.xfs', async () => {
    using folder = tempFolder('xfs-');
    const path = join(folder.path, 'image');
    runTool(['truncate', '-s', '300M', path]);
    runTool(['mkfs.xfs', '-q', '-L', 'theirs', path]);
    const { entries, label } = await readXfs(memorySource(readFileSync(path)));
    expect(label).toBe('theirs');
    expect(entries).toMatchObject([{ type: 'directory', mode: 0o755, uid: 0 }]);
  });
});
