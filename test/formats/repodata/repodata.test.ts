import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  checkLocation,
  decompress,
  findRecord,
  type RepodataFile,
  type RepoPackage,
  readPrimary,
  readRepomd,
  writeRepodata,
} from '../../../toolkit/formats/repodata/index.ts';
import { collect, pieces, sha256 } from '../support/bytes.ts';
import { rpmPackage } from '../support/package.ts';

const PACKAGES: readonly RepoPackage[] = [
  {
    header: rpmPackage({ name: 'zlib' }),
    digest: { sha256: 'b'.repeat(64), size: 7 },
    location: 'Packages/z.rpm',
  },
  { header: rpmPackage(), digest: { sha256: 'a'.repeat(64), size: 5 }, location: 'Packages/hello.rpm' },
];
const OPTIONS = { compression: 'gzip', revision: '1700000000', timestamp: 1_700_000_000 } as const;

function xmlOf(files: readonly RepodataFile[], type: string): string {
  const file = files.find(({ path }) => path.includes(`-${type}.xml`))!;
  return (file.path.endsWith('.gz') ? gunzipSync(file.bytes) : zstdDecompressSync(file.bytes)).toString();
}

async function packagesOf(xml: string | Buffer, size = 100): Promise<RepoPackage[]> {
  return Array.fromAsync(readPrimary(pieces(Buffer.from(xml), size)));
}

describe('writeRepodata', () => {
  it.each(['gzip', 'zstd'] as const)('round-trips what primary.xml holds, with %s', async (compression) => {
    const files = await writeRepodata(PACKAGES, { ...OPTIONS, compression });
    const record = findRecord(readRepomd(files.at(-1)!.bytes), 'primary');
    const file = files.find(({ path }) => path === record.location)!;
    expect(record.checksum).toEqual({ type: 'sha256', value: sha256(file.bytes) });
    const plain = await collect(decompress(pieces(file.bytes, 10), file.path));
    expect(record.openChecksum?.value).toBe(sha256(plain));
    expect([record.size, record.openSize]).toEqual([file.bytes.length, plain.length]);
    const primaryFiles = rpmPackage().files.filter(({ path }) => path !== '/var/log/hello');
    const expected = PACKAGES.map((item) => ({
      ...item,
      header: { ...item.header, changelogs: [], files: primaryFiles },
    }));
    expect(await packagesOf(plain)).toEqual(expected.toReversed());
  });

  it('gives the same bytes for any order of packages, and as ever', async () => {
    const files = await writeRepodata(PACKAGES, OPTIONS);
    expect(await writeRepodata(PACKAGES.toReversed(), OPTIONS)).toEqual(files);
    expect(sha256(['primary', 'filelists', 'other'].map((type) => xmlOf(files, type)).join(''))).toBe(
      'cf4863f372fed0108e2abba8bfa76e6fb7cfa75727cb231fd6951a558eb92269',
    );
  });

  it('lists all files in filelists.xml and the ten newest changes, oldest first, in other.xml', async () => {
    const files = await writeRepodata(PACKAGES.slice(1), OPTIONS);
    expect(xmlOf(files, 'filelists').match(/<file.*<\/file>/g)).toEqual([
      '<file type="dir">/etc/hello</file>',
      '<file>/usr/bin/hello</file>',
      '<file type="ghost">/var/log/hello</file>',
      '<file>/etc/caf\u00e9</file>',
    ]);
    const changes = xmlOf(files, 'other').match(/(?<=>- Change )\d+/g);
    expect(changes).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12']);
  });

  it('writes XML whatever the header holds', async () => {
    const header = rpmPackage({
      summary: 'bell \u0007 and half \ud800 of a pair',
      files: [{ path: '/etc/\xff\u0001', type: 'file' }],
    });
    const files = await writeRepodata([{ ...PACKAGES[0]!, header }], OPTIONS);
    const [found] = await packagesOf(xmlOf(files, 'primary'));
    expect(found?.header.summary).toBe('bell ? and half ? of a pair');
  });

  it('refuses a location outside of the repository', async () => {
    const wrong = [{ ...PACKAGES[0]!, location: '../x.rpm' }];
    await expect(writeRepodata(wrong, OPTIONS)).rejects.toMatchObject({ code: 'REPODATA_LOCATION' });
  });
});

describe('checkLocation', () => {
  it.each([
    '../a.rpm',
    'a/../../b.rpm',
    '/etc/passwd',
    'a//b',
    './a',
    '',
    'http://example.org/a.rpm',
    'file:a',
    'a\\b',
    'a\0b',
    'a?b',
    'a#b',
    '%2e%2e/a',
    'a%2Fb',
  ])('refuses %j', (location) => {
    expect(() => checkLocation(location)).toThrow(expect.objectContaining({ code: 'REPODATA_LOCATION' }));
  });

  it.each(['a.rpm', 'Packages/l/libstdc++-14.2-1:2.x86_64.rpm', 'a%2Bb.rpm', '..a/b'])(
    'takes %j',
    (location) => {
      expect(checkLocation(location)).toBe(location);
    },
  );
});

const HEAD =
  '<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm">';
const MINIMAL =
  '<name>a</name><arch>noarch</arch><version epoch="0" ver="1" rel="1"/>' +
  `<checksum type="sha256" pkgid="YES">${'c'.repeat(64)}</checksum>`;
const minimal = (more: string) => `${HEAD}<package type="rpm">${MINIMAL}${more}</package></metadata>`;
const LOCATION = '<location href="a.rpm"/>';

describe('readPrimary', () => {
  it('takes a package with the least there is', async () => {
    const [found] = await packagesOf(minimal(LOCATION), 1);
    expect(found).toMatchObject({ location: 'a.rpm', digest: { sha256: 'c'.repeat(64), size: 0 } });
  });

  it('gives each package as soon as it is there', async () => {
    async function* stream() {
      yield Buffer.from(minimal(LOCATION).replace('</metadata>', ''));
      throw new Error('asked for more');
    }
    const found = await readPrimary(stream()).next();
    expect(found.value?.location).toBe('a.rpm');
  });

  it.each([
    ['REPODATA_LOCATION', minimal('<location href="../../etc/a"/>')],
    ['REPODATA_LOCATION', minimal('')],
    ['REPODATA_LOCATION', minimal('<location xml:base="http://example.org/" href="a.rpm"/>')],
    ['REPODATA_CHECKSUM', minimal(LOCATION).replace('"sha256"', '"md5"')],
    ['REPODATA_CHECKSUM', minimal(LOCATION).replace('cccc', '../c')],
    ['REPODATA_INVALID', minimal(LOCATION).replace('<name>a</name>', '')],
    ['REPODATA_INVALID', minimal(LOCATION).replace('epoch="0"', 'epoch="x"')],
    ['REPODATA_INVALID', minimal(`${LOCATION}<size package="1e99"/>`)],
    ['REPODATA_INVALID', minimal(LOCATION).replace('</package>', '')],
    ['REPODATA_INVALID', minimal(LOCATION).slice(0, -5)],
    ['REPODATA_INVALID', `<!DOCTYPE x [<!ENTITY a "aaaa">]>${minimal('&a;')}`],
    ['REPODATA_INVALID', minimal('&lol;')],
    ['REPODATA_INVALID', '<html></html>'],
    ['REPODATA_INVALID', ''],
    ['REPODATA_INVALID', minimal('<a>'.repeat(100))],
    ['REPODATA_INVALID', minimal(`<summary>${'x'.repeat(9_000_000)}</summary>`)],
    ['REPODATA_INVALID', minimal(`<!--${'x'.repeat(9_000_000)}-->`)],
  ])('refuses with %s (%#)', async (code, xml) => {
    await expect(packagesOf(xml, 65536)).rejects.toMatchObject({ code });
  });
});

describe('readRepomd', () => {
  const record = (href: string, checksum = 'd'.repeat(64)) =>
    Buffer.from(
      `<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>5</revision><data type="primary">` +
        `<checksum type="sha256">${checksum}</checksum><location href="${href}"/></data></repomd>`,
    );

  it('reads records and the revision', () => {
    const checksum = { type: 'sha256', value: 'd'.repeat(64) };
    expect(readRepomd(record('repodata/p.xml.gz'))).toEqual({
      revision: '5',
      records: [{ type: 'primary', location: 'repodata/p.xml.gz', checksum }],
    });
  });

  it.each([
    ['REPODATA_LOCATION', record('../p.xml.gz')],
    ['REPODATA_INVALID', record('p.xml.gz', 'rm -rf')],
    ['REPODATA_INVALID', record('p').subarray(0, 50)],
    ['REPODATA_INVALID', Buffer.alloc(5 * 1024 * 1024, ' ')],
    ['REPODATA_INVALID', Buffer.from('<html/>')],
    ['REPODATA_INVALID', Buffer.from('<repomd><data/></repomd>')],
  ])('refuses with %s (%#)', (code, xml) => {
    expect(() => readRepomd(xml)).toThrow(expect.objectContaining({ code }));
  });

  it('says which metadata is not there', () => {
    expect(() => findRecord(readRepomd(record('p')), 'filelists')).toThrow(/lists no filelists/);
  });
});

describe('decompress', () => {
  it.each([
    ['REPODATA_COMPRESSION', 'x-primary.xml.xz'],
    ['REPODATA_INVALID', 'x-primary.xml.gz'],
    ['REPODATA_INVALID', 'x-primary.xml.zst'],
  ])('refuses garbage with %s for %s', async (code, name) => {
    await expect(collect(decompress(pieces(Buffer.alloc(100, 1), 10), name))).rejects.toMatchObject({ code });
  });

  it('passes an error of the source on as it is', async () => {
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    async function* failing(): AsyncGenerator<Uint8Array> {
      throw new Error('network');
    }
    await expect(collect(decompress(failing(), 'x.xml.gz'))).rejects.toThrow('network');
  });

  it('notices a file that is cut short', async () => {
    const files = await writeRepodata(PACKAGES, OPTIONS);
    const cut = files[0]!.bytes.subarray(0, -20);
    await expect(collect(decompress(pieces(cut, 10), files[0]!.path))).rejects.toMatchObject({
      code: 'REPODATA_INVALID',
    });
  });
});
