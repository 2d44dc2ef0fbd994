import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readImageFacts } from '../../toolkit/config/image-folder.ts';

let home: string;
let folder: string;
const places = () => ({ checkout: home, imagesDir: join(home, 'images') });

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'image-folder-'));
  folder = join(home, 'images/trial');
  await mkdir(folder, { recursive: true });
  const put = async (name: string, text: string) => await writeFile(join(folder, name), text);
  await put(
    'artifact.json',
    JSON.stringify({
      artifacts: [
        { name: 'trial-1.raw', format: 'raw', size: 5, sha256: 'aa' },
        { name: 'trial-1.vhd', format: 'vhd', size: 6, sha256: 'bb' },
      ],
      documents: [
        { name: 'trial-1.lock.json', kind: 'lock' },
        { name: 'trial-1.manifest.jsonl', kind: 'manifest' },
      ],
    }),
  );
  const packages = [{ nevra: 'a-1-1.x', sha256: 'cc', file: 'a-1-1.x.rpm' }];
  await put(
    'trial-1.lock.json',
    JSON.stringify({ image: { name: 'trial', version: '1' }, packages, commandLine: 'quiet' }),
  );
  const common = { mode: '0644', uid: 1, gid: 2, mtime: 0 };
  const lines = [
    { path: '', type: 'directory', ...common },
    { path: 'caf\u00c3\u00a9', type: 'file', size: 3, sha256: 'dd', ...common },
    { path: '\u00ff', type: 'symlink', target: 'x', ...common },
  ];
  await put('trial-1.manifest.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await put('trial-1.raw', 'image');
  await put('stray.raw', 'image');
});

afterEach(async () => await rm(home, { recursive: true, force: true }));

describe('readImageFacts', () => {
  it('reads a folder of artifacts', async () => {
    const facts = await readImageFacts(folder, places());
    expect(facts.packages?.map(({ nevra }) => nevra)).toEqual(['a-1-1.x']);
    expect(facts.commandLine).toBe('quiet');
    expect(facts.artifacts.map(({ name }) => name)).toEqual(['raw', 'vhd']);
    expect([...facts.files.keys()]).toEqual(['/', '/café', '/\\xff']);
    expect(facts.files.get('/café')).toEqual({
      ...{ type: 'file', mode: '0644', owner: '1:2', size: '3', content: 'dd' },
      time: '1970-01-01T00:00:00Z',
    });
  });

  it('reads one artifact, a manifest alone, and the last image of a configuration', async () => {
    const raw = await readImageFacts(join(folder, 'trial-1.raw'), places());
    expect(raw.artifacts.map(({ name }) => name)).toEqual(['raw']);
    const manifest = await readImageFacts(join(folder, 'trial-1.manifest.jsonl'), places());
    expect([manifest.packages, manifest.files.size]).toEqual([undefined, 3]);
    await writeFile(join(home, 'trial.yaml'), 'version: "1"\npackages: [a]\n');
    const config = await readImageFacts(join(home, 'trial.yaml'), places());
    expect(config.artifacts).toHaveLength(2);
    await writeFile(join(home, 'trial.json'), '{ "version": "1", "packages": ["a"] }');
    expect(await readImageFacts(join(home, 'trial.json'), places())).toEqual(config);
  });

  it.each(['nothing', 'images', 'images/trial/stray.raw', 'images/trial/trial-1.lock.json'])(
    'refuses %s',
    async (path) => {
      await expect(readImageFacts(join(home, path), places())).rejects.toMatchObject({
        code: 'IMAGE_UNKNOWN',
      });
    },
  );
});
