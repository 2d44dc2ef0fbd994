import { describe, expect, it } from 'vitest';
import { readParagraphs, readSources } from '../../../toolkit/formats/debian/index.ts';
import { pieces } from '../support/bytes.ts';
import { judged, runTool } from '../support/judge.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const INDEX = `Package: musl
Binary: musl, musl-dev
Version: 1.2.5-3.1~deb13u1
Maintainer: R\u00e9mi <r@example.org>
Package-List:
 musl deb libs optional arch=any
 musl-dev deb libdevel optional arch=any
Directory: pool/main/m/musl
Files:
 ${'1'.repeat(32)} 1080786 musl_1.2.5.orig.tar.gz
Checksums-Sha256:
 ${A} 1080786 musl_1.2.5.orig.tar.gz
 ${B} 2100 musl_1.2.5-3.1~deb13u1.dsc

Package: old
Version: 1:1-1
Directory: pool/main/o/old

`;

function read(text: string, size = 10_000) {
  return Array.fromAsync(readSources(pieces(Buffer.from(text), size)));
}

describe('readSources', () => {
  it.each([1, 7, 10_000])('reads packages and their files from pieces of %d bytes', async (size) => {
    expect(await read(INDEX, size)).toEqual([
      {
        package: 'musl',
        version: '1.2.5-3.1~deb13u1',
        directory: 'pool/main/m/musl',
        files: [
          { name: 'musl_1.2.5.orig.tar.gz', size: 1080786, sha256: A },
          { name: 'musl_1.2.5-3.1~deb13u1.dsc', size: 2100, sha256: B },
        ],
      },
      { package: 'old', version: '1:1-1', directory: 'pool/main/o/old', files: [] },
    ]);
  });

  it('needs no empty line at the end', async () => {
    expect((await read(INDEX.trimEnd())).length).toBe(2);
  });

  it.each([
    ['a directory outside of the archive', INDEX.replace('pool/main/m/musl', 'pool/../../etc')],
    ['an absolute directory', INDEX.replace('pool/main/m/musl', '/etc')],
    ['a file outside of its directory', INDEX.replace(`${A} 1080786 musl_`, `${A} 1080786 ../musl_`)],
    ['a digest that is none', INDEX.replace(A, 'a')],
    ['a package without a version', INDEX.replace('Version: 1.2.5-3.1~deb13u1\n', '')],
    ['a file that is cut inside a line', INDEX.slice(0, INDEX.indexOf(A) + 20)],
    ['a field twice', INDEX.replace('Binary: ', 'Version: ')],
    ['a web page', '<html>\n<body>\n'],
    ['a line without a field', ' goes on\n'],
    ['random bytes', `${'\u0001\u0002'.repeat(1000)}\n`],
    ['an endless line', 'x'.repeat(9 * 1024 * 1024)],
    ['an endless paragraph', `A: b\n${` ${'c'.repeat(999)}\n`.repeat(9_000)}`],
  ])('refuses %s', async (_title, text) => {
    await expect(read(text, 65536)).rejects.toMatchObject({ code: 'DEB822_INVALID' });
  });
});

describe('readParagraphs', () => {
  it('leaves comments out and joins the lines of a value', async () => {
    const text = '# one\nA: b\n# two\n c\n .\n d\n\n\n\nE:\n f\n';
    const found = await Array.fromAsync(readParagraphs(pieces(Buffer.from(text), 3)));
    expect(found.map((paragraph) => Object.fromEntries(paragraph))).toEqual([
      { a: 'b\nc\n.\nd' },
      { e: '\nf' },
    ]);
  });

  judged('dpkg-query')('reads what dpkg knows about itself', async () => {
    const status = runTool(['dpkg-query', '-s', 'dpkg', 'tar']);
    const found = await Array.fromAsync(readParagraphs(pieces(status, 100)));
    const version = (name: string) => runTool(['dpkg-query', '-W', '-f', '$' + '{Version}', name]).toString();
    expect(found.map((paragraph) => [paragraph.get('package'), paragraph.get('version')])).toEqual([
      ['dpkg', version('dpkg')],
      ['tar', version('tar')],
    ]);
  });
});
