import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { manifestLine } from '../../../toolkit/domain/image-manifest.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { makeArtifact } from '../../../toolkit/stages/disk-to-artifacts/make.ts';
import type { Making } from '../../../toolkit/stages/disk-to-artifacts/making.ts';
import { tempFolder } from '../../formats/support/judge.ts';
import { entry } from '../../formats/support/manifest.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

it('makes a small tar.gz of a sparse file of 40 GB, whatever the compressor holds on to', async () => {
  using folder = tempFolder('tar-artifact-');
  const data = [
    { offset: 0, length: 30 * MIB },
    { offset: 20 * GIB, length: MIB },
  ];
  const entries: ManifestEntry[] = [
    entry('', 'directory'),
    { ...entry('large', 'file'), size: 40 * GIB, data },
  ];
  const manifest = join(folder.path, 'manifest');
  await writeFile(manifest, entries.map((one) => `${manifestLine(one)}\n`).join(''));
  /** Each MiB has a byte of its own. */
  const read = (_: ManifestEntry, from: number, target: Uint8Array): void => {
    for (let at = 0; at < target.length; at += 1) target[at] = 1 + (Math.floor((from + at) / MIB) % 250);
  };
  const contents = { open: async () => ({ read, [Symbol.dispose]: () => {} }) };
  const making = {
    request: { rootfs: { manifest: { sha256: 'm', size: 1 }, contents } },
    ports: { store: { find: async () => manifest } },
  } as unknown as Making;
  const path = join(folder.path, 'trial-1.0.tar.gz');
  const plan = { format: 'tar.gz', path, ofDisk: 1, key: '', area: undefined } as const;
  const made = await makeArtifact(plan, making, new AbortController().signal);
  expect(made.size).toBeLessThan(MIB);
  const tar = gunzipSync(await readFile(path));
  expect(tar.toString('latin1')).toContain(`3\n0\n${30 * MIB}\n${20 * GIB}\n${MIB}\n${40 * GIB}\n0\n`);
  const stored = tar.subarray(-(31 * MIB + 1024), -1024);
  for (const [place, from] of [
    [0, 0],
    [29, 29 * MIB],
    [30, 20 * GIB],
  ] as const) {
    const wanted = Buffer.alloc(MIB, 1 + (Math.floor(from / MIB) % 250));
    expect(stored.subarray(place * MIB, (place + 1) * MIB).equals(wanted)).toBe(true);
  }
});
