import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tarContents, writeTar } from '../../../toolkit/formats/tar/index.ts';
import { collect, sha256 } from '../support/bytes.ts';
import { contentOf, entry, sorted } from '../support/manifest.ts';

const LONG = `${'d'.repeat(90)}/${'e'.repeat(90)}`;
const TREE = sorted(
  entry('', 'directory', { mode: 0o755 }),
  entry('bin', 'symlink', { target: 'usr/bin', mode: 0o777 }),
  entry('dev', 'directory'),
  entry('dev/console', 'char', { mode: 0o600, device: { major: 5, minor: 1 }, gid: 5 }),
  entry('dev/pipe', 'fifo'),
  entry('usr', 'directory'),
  entry('usr/ping', 'file', {
    content: 'x'.repeat(1000),
    mode: 0o4755,
    xattrs: [{ name: 'security.capability', value: Buffer.from([1, 0, 0, 2, 0, 10]) }],
  }),
  entry('usr/ping6', 'hardlink', { target: 'usr/ping', mode: 0o4755 }),
  entry(`usr/${LONG}`, 'file', { content: 'split' }),
  entry(`usr/${'f'.repeat(120)}`, 'file', { content: 'pax', uid: 1000 }),
);

async function list(bytes: Buffer) {
  const found: { header: Header; size: number }[] = [];
  for await (const item of Readable.from([bytes]).pipe(extract())) {
    found.push({
      header: item.header,
      size: (await collect(item as unknown as AsyncIterable<Uint8Array>)).length,
    });
  }
  return found;
}

describe('writeTar', () => {
  it('round-trips through tar-stream', async () => {
    const items = await list(await collect(writeTar(TREE, contentOf)));
    expect(
      items.map(({ header, size }) => [header.name, header.type, header.mode, header.uid, size]),
    ).toEqual([
      ['./', 'directory', 0o755, 0, 0],
      ['bin', 'symlink', 0o777, 0, 0],
      ['dev/', 'directory', 0o755, 0, 0],
      ['dev/console', 'character-device', 0o600, 0, 0],
      ['dev/pipe', 'fifo', 0o644, 0, 0],
      ['usr/', 'directory', 0o755, 0, 0],
      [`usr/${LONG}`, 'file', 0o644, 0, 5],
      [`usr/${'f'.repeat(120)}`, 'file', 0o644, 1000, 3],
      ['usr/ping', 'file', 0o4755, 0, 1000],
      ['usr/ping6', 'link', 0o4755, 0, 0],
    ]);
  });

  it('writes the same bytes as ever', async () => {
    const bytes = await collect(writeTar(TREE, contentOf));
    expect(bytes.length % 512).toBe(0);
    expect(sha256(bytes)).toBe('b81695695e80365bc5bd3ed60654d58e669806431adf3ecac7fc8f3c77d3e25d');
  });

  it('needs no PAX header for short names of any bytes', async () => {
    const bytes = await collect(writeTar([entry(Buffer.from([0x61, 0xff, 0x62]), 'file')], contentOf));
    expect(bytes.length).toBe(3 * 512);
    expect(bytes.subarray(0, 4)).toEqual(Buffer.from([0x61, 0xff, 0x62, 0]));
  });

  it('says that a long name is no UTF-8', async () => {
    const path = Buffer.concat([Buffer.from([0xff]), Buffer.alloc(120, 'x')]);
    const text = (await collect(writeTar([entry(path, 'file')], contentOf))).toString('latin1');
    expect(text).toContain('21 hdrcharset=BINARY\n');
    expect(text).toContain(`131 path=\xff${'x'.repeat(120)}\n`);
  });

  it('puts sizes, ids and times that ustar cannot hold into PAX records', async () => {
    const big = entry('big', 'file', { uid: 2_097_152, gid: 4_294_967_294, mtime: -5 });
    const generator = writeTar([{ ...big, size: 8_589_934_592 }], contentOf);
    const head = Buffer.from((await generator.next()).value ?? []).toString('latin1');
    expect(head).toContain('19 size=8589934592\n15 uid=2097152\n18 gid=4294967294\n12 mtime=-5\n');
  });

  it.each([
    ['libarchive', ['LIBARCHIVE.xattr.user.a%3Db=AAE\n']],
    ['schily', ['SCHILY.xattr.user.a=b=\x00\x01\n']],
    ['both', ['LIBARCHIVE.xattr.user.a%3Db=AAE\n', 'SCHILY.xattr.user.a=b=\x00\x01\n']],
  ] as const)('writes xattrs for %s', async (xattrs, records) => {
    const file = entry('f', 'file', { xattrs: [{ name: 'user.a=b', value: Buffer.from([0, 1]) }] });
    const text = (await collect(writeTar([file], contentOf, { xattrs }))).toString('latin1');
    // Those who know both forms take the last.
    const places = records.map((record) => text.indexOf(record));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(text.match(/xattr/g)?.length).toBe(records.length);
  });

  it.each([
    ['TAR_ORDER', [entry('b', 'file'), entry('a', 'file')]],
    ['TAR_ORDER', [entry('a', 'file'), entry('a', 'file')]],
    ['TAR_LINK', [entry('a', 'hardlink', { target: 'b' }), entry('b', 'file')]],
    ['TAR_ENTRY', [entry('a', 'socket')]],
    ['TAR_ENTRY', [entry('a', 'char')]],
    ['TAR_ENTRY', [entry('a', 'file', { mtime: 1.5 })]],
    ['CONTENT_SIZE', [entry('a', 'file', { content: 'abc', size: 2 })]],
    ['CONTENT_SIZE', [entry('a', 'file', { content: 'abc', size: 4 })]],
  ])('refuses with %s', async (code, entries) => {
    await expect(collect(writeTar(entries, contentOf))).rejects.toMatchObject({ code });
  });
});

describe('tarContents', () => {
  it.each(['libarchive', 'schily', 'both'] as const)(
    'finds what writeTar wrote with %s records',
    async (xattrs) => {
      const bytes = await collect(writeTar(TREE, contentOf, { xattrs }));
      const { offsets, size } = tarContents(TREE, xattrs);
      expect(size).toBe(bytes.length);
      expect(offsets.size).toBe(3);
      for (const [file, offset] of offsets) {
        expect(bytes.subarray(offset, offset + file.size)).toEqual(await collect(contentOf(file)));
      }
    },
  );
});
