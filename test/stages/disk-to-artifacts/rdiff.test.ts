import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeArtifact } from '../../../toolkit/stages/disk-to-artifacts/make.ts';
import type { Making } from '../../../toolkit/stages/disk-to-artifacts/making.ts';
import { tempFolder } from '../../formats/support/judge.ts';

it('makes an rdiff of a partition to the file of another one', async () => {
  using folder = tempFolder('rdiff-artifact-');
  const [raw, base, path] = ['raw', 'base', 'made.rdiff'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  const old = Buffer.concat([Buffer.alloc(8192, 'a'), Buffer.alloc(4096, 'b')]);
  const changed = Buffer.from(old);
  changed.fill('c', 4096, 8192);
  await writeFile(base, old);
  await writeFile(raw, Buffer.concat([Buffer.alloc(4096, 'x'), changed, Buffer.alloc(4096, 'y')]));
  const making = {
    request: { disk: { raw: { sha256: 'r', size: 20_480 }, layout: {} } },
    ports: { store: { find: async () => raw } },
  } as unknown as Making;
  const area = { offset: 4096, size: changed.length };
  const made = await makeArtifact(
    { format: 'rdiff', ofDisk: 1, path, key: '', area, base },
    making,
    new AbortController().signal,
  );
  const literal = Buffer.concat([Buffer.from('421000', 'hex'), Buffer.alloc(4096, 'c')]);
  const copies = ['46001000', '4a20001000'].map((text) => Buffer.from(text, 'hex'));
  const magic = Buffer.from('72730236', 'hex');
  const delta = Buffer.concat([magic, copies[0]!, literal, copies[1]!, Buffer.alloc(1)]);
  expect(made.size).toBe(delta.length);
  expect((await readFile(path)).equals(delta)).toBe(true);
});
