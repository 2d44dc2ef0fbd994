import { describe, expect, it } from 'vitest';
import { loadImageConfig } from '../../toolkit/config/image.ts';
import { effectiveConfig, effectiveYaml } from '../../toolkit/config/image-effective.ts';
import { textFolders } from '../support/text-folder.ts';

const folderOf = textFolders();

describe('effectiveYaml', () => {
  it('means the same as what it was made of, wherever it stands', async () => {
    const files = {
      'base.yaml': 'version: "1"\ninclude: [list.yaml]\nkernel: k\nfiles: [{path: /x, source: x.txt}]\n',
      'list.yaml': 'packages: [listed]\n',
      'x.txt': 'x',
      'top.yaml':
        'extends: base.yaml\npackages: [own]\nfips: true\nkernelArgs: quiet\ndisk: {size: 2G}\nformats: [raw]\n',
    };
    const loaded = await loadImageConfig('top.yaml', await folderOf(files));
    expect(loaded.config).toMatchObject({ packages: ['k', 'listed', 'own'], kernelArgs: 'fips=1 quiet' });
    const other = await folderOf({ 'top.yaml': effectiveYaml(loaded) });
    expect((await loadImageConfig('top.yaml', other)).config).toEqual(loaded.config);
  });

  it('means the same with lists, folders and files of passwords', async () => {
    const files = {
      'gone.yaml': 'packages: [gone]\n',
      'new.yaml': 'packages: [newer]\n',
      'tree/etc/a': 'a',
      'ada.hash': '$6$salt$hash\n',
      'top.yaml': `version: "1"
packages: [a]
removePackages: [other]
removeLists: [gone.yaml]
base: {update: [b], updateLists: [new.yaml]}
folders: [{path: /, source: tree, fileMode: "0600"}]
users: [{name: ada, passwordHashFile: ada.hash}]
`,
    };
    const loaded = await loadImageConfig('top.yaml', await folderOf(files));
    expect(effectiveConfig(loaded)).toMatchObject({
      removePackages: ['gone', 'other'],
      base: { update: ['newer', 'b'] },
    });
    const other = await folderOf({ 'top.yaml': effectiveYaml(loaded) });
    expect((await loadImageConfig('top.yaml', other)).config).toEqual(loaded.config);
  });

  it('does not show a password', async () => {
    const system = { Name: 'x', Packages: ['a'], Users: [{ Name: 'ada', Password: 'hunter2' }] };
    const text = JSON.stringify({ Disks: [{ Artifacts: [{ Type: 'squashfs' }] }], SystemConfigs: [system] });
    const loaded = await loadImageConfig('a.json', await folderOf({ 'a.json': text }));
    expect(effectiveYaml(loaded)).not.toContain('hunter2');
    expect(effectiveConfig(loaded)).toMatchObject({ users: [{ name: 'ada' }], formats: ['squashfs'] });
  });
});
