import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BuildRecord } from '../../toolkit/domain/build-record.ts';
import { readBuildRecord, readDurations, saveBuildRecord } from '../../toolkit/pipeline/build-records.ts';
import { tempFolder } from '../host/http/fakes.ts';

const record: BuildRecord = {
  action: 'a'.repeat(64),
  durationMs: 1500,
  inputs: {
    spec: 'b',
    files: { 'x.tar': 'c' },
    worker: 'root',
    dependencies: { zlib: ['d'] },
    target: 'e',
    check: false,
  },
};

type Place = Parameters<typeof readDurations>[0];

function place(root: string, distro = 'ours'): Place {
  return { distro: { name: distro }, ports: { store: { root } } } as unknown as Place;
}

describe('build records', () => {
  it('are there as soon as each build has ended, and tell durations by name', async () => {
    await using folder = await tempFolder();
    const here = place(folder.path);
    await Promise.all([
      saveBuildRecord('gtk+', record, here),
      saveBuildRecord('zlib', { ...record, durationMs: 20 }, here),
    ]);
    expect(await readBuildRecord('gtk+', here)).toEqual(record);
    expect(await readDurations(here)).toEqual(
      new Map([
        ['gtk+', 1500],
        ['zlib', 20],
      ]),
    );
  });

  it('are apart for each distribution, and none is known where none was made', async () => {
    await using folder = await tempFolder();
    await saveBuildRecord('bash', record, place(folder.path, '../theirs'));
    expect(await readBuildRecord('bash', place(folder.path))).toBeUndefined();
    expect(await readDurations(place(folder.path))).toEqual(new Map());
    expect(await readdir(folder.path)).toEqual(['builds']);
  });

  it('that are damaged or of another version count as none', async () => {
    await using folder = await tempFolder();
    const here = place(folder.path);
    await mkdir(join(folder.path, 'builds/ours'), { recursive: true });
    await writeFile(join(folder.path, 'builds/ours/zlib.json'), '{"action":');
    await writeFile(join(folder.path, 'builds/ours/popt.json'), '{"durationMs":5}');
    expect(await readDurations(here)).toEqual(new Map());
    expect(await readBuildRecord('zlib', here)).toBeUndefined();
  });
});
