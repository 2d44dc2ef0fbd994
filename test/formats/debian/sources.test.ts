import { describe, expect, it } from 'vitest';
import {
  createSourcesParser,
  parseSourcesStream,
  type SourcePackage,
} from '../../../toolkit/formats/debian/index.ts';
import { pieces } from '../support/bytes.ts';

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

Package: zlib
Version: 1:1.3-1
Directory: pool/main/z/zlib
Checksums-Sha256:
 ${B} 12 zlib_1.3.orig.tar.gz

`;

async function read(text: string, size = 10_000): Promise<SourcePackage[]> {
  const found: SourcePackage[] = [];
  const stream = (async function* () {
    for await (const piece of pieces(Buffer.from(text), size)) yield Buffer.from(piece);
  })();
  await parseSourcesStream(
    stream,
    createSourcesParser((one) => found.push(one)),
  );
  return found;
}

describe('parseSourcesStream', () => {
  it.each([1, 7, 10_000])('reads packages and their files from pieces of %d bytes', async (size) => {
    expect(await read(INDEX, size)).toEqual([
      {
        name: 'musl',
        version: '1.2.5-3.1~deb13u1',
        directory: 'pool/main/m/musl',
        files: [
          { name: 'musl_1.2.5.orig.tar.gz', digest: { size: 1080786, sha256: A } },
          { name: 'musl_1.2.5-3.1~deb13u1.dsc', digest: { size: 2100, sha256: B } },
        ],
      },
      {
        name: 'zlib',
        version: '1:1.3-1',
        directory: 'pool/main/z/zlib',
        files: [{ name: 'zlib_1.3.orig.tar.gz', digest: { size: 12, sha256: B } }],
      },
    ]);
  });

  it('needs no empty line at the end', async () => {
    expect((await read(INDEX.trimEnd())).length).toBe(2);
  });

  it.each([
    ['a directory outside of the archive', INDEX.replace('pool/main/m/musl', 'pool/../../etc')],
    ['an absolute directory', INDEX.replace('pool/main/m/musl', '/etc')],
    ['no SHA-256', INDEX.replace('Checksums-Sha256', 'Checksums-Sha1')],
  ])('leaves a package with %s out', async (_title, text) => {
    expect((await read(text)).map(({ name }) => name)).toEqual(['zlib']);
  });

  it.each([
    ['a path that leaves its directory', `${A} 1080786 musl_`, `${A} 1080786 ../musl_`],
    ['a digest that is none', A, 'a'],
    ['a size that is none', ' 1080786 musl_1.2.5.orig.tar.gz\n ', ' many musl_1.2.5.orig.tar.gz\n '],
  ])('leaves a file with %s out', async (_title, from, to) => {
    const at = INDEX.indexOf('Checksums-Sha256');
    const text = INDEX.slice(0, at) + INDEX.slice(at).replace(from, to);
    const [musl] = await read(text);
    expect(musl!.files.map(({ name }) => name)).toEqual(['musl_1.2.5-3.1~deb13u1.dsc']);
  });

  it.each([
    ['a web page', '<html>\n<body>\n'],
    ['a line without a field', ' goes on\n'],
    ['random bytes', `${'\u0001\u0002'.repeat(1000)}\n`],
  ])('finds nothing in %s', async (_title, text) => {
    expect(await read(text)).toEqual([]);
  });
});
