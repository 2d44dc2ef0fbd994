import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectImageConfig } from '../../toolkit/config/image.ts';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import { concludeValidation, packageProblems } from '../../toolkit/pipeline/validate.ts';
import { scan } from '../domain/graph-fixture.ts';
import { textFolders } from '../support/text-folder.ts';

const graph = buildGraph({
  scans: [scan('zlib'), scan('nano')],
  arch: 'x86_64',
  pools: [
    {
      kind: 'seed',
      packages: [
        { name: 'seed-root', evr: { epoch: 0, version: '0', release: '' }, provides: ['gcc'], files: [] },
      ],
    },
  ],
});
const folderOf = textFolders();

async function inspect(text: string) {
  const folder = await folderOf({ 'a.yaml': text });
  return { inspected: await inspectImageConfig('a.yaml', folder), folder };
}

describe('packageProblems', () => {
  it('tells what nobody provides with its place; the seed root is not part of an image', async () => {
    const { inspected } = await inspect(
      'version: "1"\npackages:\n  - zlib\n  - nanno\n  - gcc\n  - zlib = 7\n',
    );
    const found = packageProblems(inspected.packages, graph);
    expect(found.map(({ line, column, message }) => `${line}:${column}: ${message}`)).toEqual([
      "4:5: nobody provides 'nanno'; did you mean 'nano'?",
      "5:5: nobody provides 'gcc'",
      "6:5: nobody provides 'zlib = 7'",
    ]);
  });
});

describe('concludeValidation', () => {
  it('tells what is wrong with keys and with packages at once', async () => {
    const { inspected, folder } = await inspect('version: 1\npackages: [nano, nope]\n');
    const unknown = packageProblems(inspected.packages, graph);
    const settings = { checkout: folder, system: undefined };
    expect(() => concludeValidation(join(folder, 'a.yaml'), inspected, unknown, settings)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message:
          'a.yaml:1:10: a release version in quotes is wanted, as "1.0"\na.yaml:2:18: nobody provides \'nope\'',
      }),
    );
  });

  it('takes what is not made yet, and lists it', async () => {
    const { inspected, folder } = await inspect(
      'version: "1"\npackages: [nano]\ndisk: {grubMkconfig: true}\n',
    );
    const settings = { checkout: folder, system: undefined };
    expect(concludeValidation(join(folder, 'a.yaml'), inspected, undefined, settings)).toMatchObject({
      ...{ file: 'a.yaml', packages: 1, isAsked: false },
      unmade: [
        {
          line: 3,
          message: 'disk.grubMkconfig: true is not made yet',
        },
      ],
    });
  });
});
