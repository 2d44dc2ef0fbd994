import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DistroProfile } from '../../../toolkit/domain/distro.ts';
import {
  buildFiles,
  openTree,
  prebuiltNames,
  treeFiles,
} from '../../../toolkit/stages/specs-to-scans/index.ts';

const TARGET = { arch: 'x86_64', distTag: '.x1', macros: [], rpmVersion: '4.18.2' };

const PROFILE: DistroProfile = {
  name: 'x',
  target: TARGET,
  build: { target: TARGET, files: [{ from: ['SPECS/m/tool'], to: '/usr/lib' }], librariesOfWorker: false },
  ...{ releasever: '1', worker: 'worker', specs: ['SPECS', 'EXTRA'], answers: [], versionMacros: undefined },
  files: [{ from: ['SPECS/m/macros.*', 'SPECS/m/rpmrc'], to: '/usr/lib/rpm' }],
  prefer: new Map(),
  prebuilt: { names: ['own'], manifests: ['list.txt'] },
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tree-'));
  await put('SPECS/m/macros.b', '');
  await put('SPECS/m/macros.a', '');
  await put('SPECS/m/rpmrc', '');
  await put('list.txt', 'gcc-c++-13.2.0-7.x1.x86_64.rpm\npython3-3.12-1.x1.noarch.rpm\n\n# not one\n');
});
afterEach(async () => await rm(root, { recursive: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

describe('openTree', () => {
  it('takes a tree for all of its specs folders that are there', async () => {
    expect(await openTree(root, PROFILE)).toEqual({ folder: root, root, patterns: ['SPECS/*/*.spec'] });
    await mkdir(join(root, 'EXTRA'));
    expect((await openTree(root, PROFILE)).patterns).toEqual(['SPECS/*/*.spec', 'EXTRA/*/*.spec']);
  });

  it('finds the tree above one of its folders, listed or not', async () => {
    await mkdir(join(root, 'OTHER'));
    for (const name of ['SPECS', 'OTHER']) {
      const folder = join(root, name);
      expect(await openTree(folder, PROFILE)).toEqual({ folder, root, patterns: ['*/*.spec'] });
    }
  });

  it('takes a folder that is in no tree for one', async () => {
    const profile = { ...PROFILE, specs: ['no-folder-is-called-so'] };
    expect(await openTree(root, profile)).toEqual({ folder: root, root, patterns: ['*/*.spec'] });
  });
});

describe('treeFiles', () => {
  it('gives what the globs match, sorted, each with its place', async () => {
    const tree = await openTree(join(root, 'SPECS'), PROFILE);
    expect(await treeFiles(tree, PROFILE)).toEqual(
      ['macros.a', 'macros.b', 'rpmrc'].map((name) => ({
        name: `SPECS/m/${name}`,
        source: join(root, 'SPECS/m', name),
        target: `/usr/lib/rpm/${name}`,
      })),
    );
  });

  it('refuses a tree that lacks one, and says what to set', async () => {
    await rm(join(root, 'SPECS/m/rpmrc'));
    await expect(treeFiles(await openTree(root, PROFILE), PROFILE)).rejects.toMatchObject({
      code: 'DISTRO_FILES_MISSING',
      message: expect.stringContaining('no file matches SPECS/m/rpmrc'),
      hint: expect.stringContaining('SPECS_DIR'),
    });
  });
});

describe('buildFiles', () => {
  it('gives what builds need on top, after what specs are read with', async () => {
    await put('SPECS/m/tool', '');
    const files = await buildFiles(await openTree(root, PROFILE), PROFILE);
    expect(files.map(({ target }) => target)).toEqual([
      ...['macros.a', 'macros.b', 'rpmrc'].map((name) => `/usr/lib/rpm/${name}`),
      '/usr/lib/tool',
    ]);
  });
});

describe('prebuiltNames', () => {
  it('joins the names of the profile with those of its manifests', async () => {
    const names = await prebuiltNames(await openTree(root, PROFILE), PROFILE);
    expect([...names]).toEqual(['own', 'gcc-c++', 'python3']);
  });

  it('refuses a tree without the manifest', async () => {
    await rm(join(root, 'list.txt'));
    await expect(prebuiltNames(await openTree(root, PROFILE), PROFILE)).rejects.toMatchObject({
      code: 'DISTRO_FILES_MISSING',
    });
  });
});
