import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { updatesOf } from '../../toolkit/pipeline/changed-packages.ts';
import { trialConfigs } from '../support/trial-config.ts';

const { loadWhole: load, problems } = trialConfigs();

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('files that a configuration of the Image Customizer names', () => {
  const DIRS = `
os:
  additionalDirs:
    - source: dirs/a
      destination: /srv
      newDirPermissions: "750"
      mergedDirPermissions: "700"
      childFilePermissions: "640"
      sha256hashmap: {one/x: HASH}
`;
  const X = 'a5d5b61aa8a61b7d9d765e1daf971a9a578f1cfa0c3f4d3ccd51a9bbd1a5cfa8';

  it('copies folders with the modes that are said, or 0755', async () => {
    const files = { 'dirs/a/one/x': 'x', 'dirs/a/y': 'y' };
    const { config } = await load(DIRS.replace('HASH', sha256Of('x')), files);
    const modes = { mode: 0o750, existingMode: 0o700 };
    expect(config.folders).toMatchObject([
      { path: '/srv', ...modes },
      { path: '/srv/one', ...modes },
    ]);
    expect(config.files).toMatchObject([
      { path: '/srv/one/x', mode: 0o640 },
      { path: '/srv/y', mode: 0o640 },
    ]);
    const plain = await load('os: {additionalDirs: [{source: dirs/a, destination: /}]}\n', files);
    expect(plain.config.folders).toMatchObject([
      { path: '/', mode: 0o755, existingMode: undefined },
      { path: '/one' },
    ]);
    expect(plain.config.files).toMatchObject([{ path: '/one/x', mode: 0o755 }, { path: '/y' }]);
    expect((await problems(DIRS)).join('\n')).toContain('64 hexadecimal digits');
    expect((await problems(DIRS.replace('HASH', X))).join('\n')).toContain('no such folder: dirs/a');
  });

  it.each([
    ['os: {additionalFiles: [{source: a.txt, destination: /a, sha256hash: HASH}]}', 'a.txt', 'a'],
    ['scripts: {postCustomization: [{path: a.sh, sha256hash: HASH}]}', 'a.sh', 'true'],
    ['scripts: {finalizeCustomization: [{path: a.sh, sha256hash: HASH}]}', 'a.sh', 'true'],
    ['os: {additionalDirs: [{source: d, destination: /d, sha256hashmap: {a: HASH}}]}', 'd/a', 'a'],
  ])('checks what a file has to be: %s', async (text, name, content) => {
    const files = { [name]: content };
    const right = text.replace('HASH', sha256Of(content).toUpperCase());
    expect((await load(`${right}\n`, files)).config).toBeDefined();
    await expect(load(`${text.replace('HASH', X)}\n`, files)).rejects.toThrow(
      `${name} has the SHA-256 ${sha256Of(content)}, and ${X} is wanted`,
    );
  });

  it('takes passwords and hashes of files, and tells neither', async () => {
    const users = (type: string) => `os: {users: [{name: ada, password: {type: ${type}, value: ada.txt}}]}\n`;
    const plain = await load(users('plain-text-file'), { 'ada.txt': 'hunter2\n' });
    expect(plain.config.users[0]?.password?.reveal()).toBe('hunter2');
    expect(JSON.stringify(plain)).not.toContain('hunter2');
    expect(plain.files).toHaveLength(1);
    const hashed = await load(users('hashed-file'), { 'ada.txt': '$6$salt$hash\n' });
    expect(hashed.config.users[0]).toMatchObject({ passwordHash: '$6$salt$hash', password: undefined });
    for (const type of ['plain-text-file', 'hashed-file']) {
      await expect(load(users(type))).rejects.toThrow('no such file: ada.txt');
      const told = await load(users(type), { 'ada.txt': 'hunter2\nand\n' }).catch((error) => String(error));
      expect(told).toContain('in one line');
      expect(told).not.toContain('hunter2');
    }
    const wrong = await load(users('hashed-file'), { 'ada.txt': 'hunter2\n' }).catch((error) =>
      String(error),
    );
    expect(wrong).toContain('ada.txt has no crypt hash');
    expect(wrong).not.toContain('hunter2');
    expect((await problems('os: {users: [{name: ada, password: {type: hashed}}]}\n')).join('\n')).toContain(
      'a password that is not locked wants a value',
    );
  });

  it('takes packages of lists', async () => {
    const lists = 'removeLists: [gone.yaml], remove: [other], updateLists: [new.yaml], update: [own]';
    const loaded = await load(`os: {packages: {${lists}}}\n`, {
      'gone.yaml': 'packages: [gone]\n',
      'new.yaml': 'packages: [newer]\n',
    });
    expect(loaded.config.removePackages).toEqual(['gone', 'other']);
    expect(updatesOf(loaded)).toEqual(['newer', 'own']);
    expect((await problems('os: {packages: {removeLists: [gone.yaml]}}\n')).join('\n')).toContain(
      'no such file: gone.yaml',
    );
  });
});
