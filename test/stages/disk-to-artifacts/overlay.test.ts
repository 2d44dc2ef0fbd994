import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeArtifact } from '../../../toolkit/stages/disk-to-artifacts/make.ts';
import type { Making } from '../../../toolkit/stages/disk-to-artifacts/making.ts';
import { writeFileSystem } from '../../formats/support/ext4.ts';
import { tempFolder } from '../../formats/support/judge.ts';
import { entry, sorted } from '../../formats/support/manifest.ts';

const BEFORE = 8192;
const common = [entry('', 'directory'), entry('same', 'file', { content: 'a' })];

/** Makes a diff to a base of a partition with one more file; `base` is what is written over the base first. */
async function make(folder: string, base?: Uint8Array): Promise<string> {
  const [raw, old, path] = ['raw', 'base', 'made.diff'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFileSystem(old, sorted(...common, entry('gone', 'file', { content: 'a' })), {
    size: 16 << 20,
    journalMib: 4,
  });
  if (base !== undefined) await writeFile(old, base);
  await writeFileSystem(raw, sorted(...common, entry('new', 'file', { content: 'b' })), {
    size: 16 << 20,
    journalMib: 4,
  });
  const partition = await readFile(raw);
  await writeFile(raw, Buffer.concat([Buffer.alloc(BEFORE), partition]));
  const making = {
    request: {
      ...{ config: { name: 'trial' }, rootfs: { epoch: 5 } },
      disk: { raw: { sha256: 'r', size: BEFORE + partition.length }, layout: {} },
    },
    ports: { store: { find: async () => raw } },
  } as unknown as Making;
  const area = { offset: BEFORE, size: partition.length };
  await makeArtifact(
    { format: 'diff', ofDisk: 1, path, key: '', area, base: old },
    making,
    new AbortController().signal,
  );
  return (await readFile(path)).toString('latin1');
}

it('makes a tar of what an overlay over the file of another partition has', async () => {
  using folder = tempFolder('overlay-artifact-');
  const tar = await make(folder.path);
  for (const name of ['./', 'gone', 'new']) expect(tar).toContain(`\0${name}\0`.slice(name === './' ? 1 : 0));
  expect(tar).not.toContain('same');
  expect(tar).not.toContain('lost+found');
});

it('tells a base that is no file system', async () => {
  using folder = tempFolder('overlay-artifact-');
  await expect(make(folder.path, Buffer.alloc(1 << 20))).rejects.toMatchObject({
    code: 'OVERLAY_BASE',
    message: expect.stringMatching(
      /^trial: .*base is no file system whose files could be compared: nothing$/,
    ),
  });
  await expect(make(folder.path, Buffer.alloc(100, 'x'))).rejects.toMatchObject({ code: 'OVERLAY_BASE' });
});
