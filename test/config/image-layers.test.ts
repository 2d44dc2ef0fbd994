import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LoadedImageConfig, loadImageConfig } from '../../toolkit/config/image.ts';
import { imageSchema } from '../../toolkit/config/image-schema.ts';
import { UNMADE } from '../../toolkit/config/image-unmade.ts';
import { keysAt } from '../../toolkit/config/schema-keys.ts';
import { textFolders } from '../support/text-folder.ts';

const folderOf = textFolders();

async function load(files: Readonly<Record<string, string>>): Promise<LoadedImageConfig> {
  return await loadImageConfig('top.yaml', await folderOf(files));
}

describe('extends', () => {
  it('appends lists, merges mappings and replaces scalars', async () => {
    const { config, files } = await load({
      'top.yaml':
        'extends: base/base.yaml\nversion: "2"\npackages: [b]\nservices: {enable: [two], mask: [m]}\n',
      'base/base.yaml':
        'name: base\nversion: "1"\nhostname: h\ninclude: [list.yaml]\npackages: [a]\nservices: {enable: [one]}\n',
      'base/list.yaml': 'packages: [listed]\n',
    });
    expect(config).toMatchObject({
      name: 'top',
      version: '2',
      hostname: 'h',
      packages: ['listed', 'a', 'b'],
      services: { enable: ['one', 'two'], disable: [], mask: ['m'] },
    });
    expect(files.map((path) => relative(dirname(files[0]!), path))).toEqual([
      ...['top.yaml', 'base/base.yaml', 'base/list.yaml'],
    ]);
  });

  it('replaces a list that says so', async () => {
    const { config } = await load({
      'top.yaml': 'extends: base.yaml\nformats: !replace [raw]\n',
      'base.yaml': 'version: "1"\npackages: [a]\nformats: [vhd, qcow2]\n',
    });
    expect(config.formats).toEqual(['raw']);
  });

  it('counts a path from the file that it stands in', async () => {
    const { config, files } = await load({
      'top.yaml': 'extends: [base/a.yaml, base/b.yaml]\n',
      'base/a.yaml': 'version: "1"\npackages: [a]\nfiles: [{path: /x, source: x.txt}]\n',
      'base/b.yaml': 'hostname: b\n',
      'base/x.txt': 'x',
    });
    expect(config.hostname).toBe('b');
    const source = join(dirname(files[0]!), 'base/x.txt');
    expect(config.files[0]?.content).toEqual({ kind: 'source', source });
  });

  it('lays our own form over one of the Azure Linux toolkit', async () => {
    const { config } = await load({
      'top.yaml': 'extends: azl.json\nversion: "3.0"\npackages: [mine]\n',
      'azl.json':
        '{"Disks": [{"Artifacts": [{"Compression": "tar.gz"}]}], "SystemConfigs": [{"Name": "x", "Packages": ["a"]}]}',
    });
    expect(config).toMatchObject({ version: '3.0', packages: ['a', 'mine'], formats: ['tar.gz'] });
  });

  it.each([
    [
      'a file that is not there',
      { 'top.yaml': 'extends: bas.yaml\n', 'base.yaml': '' },
      /top\.yaml:1:10: no such file: bas\.yaml; did you mean 'base\.yaml'/,
    ],
    [
      'a circle',
      { 'top.yaml': 'extends: b.yaml\n', 'b.yaml': 'version: "1"\nextends: top.yaml\n' },
      /b\.yaml:2:10: top\.yaml extends this file already/,
    ],
    [
      'a problem of what is extended',
      { 'top.yaml': 'extends: b.yaml\n', 'b.yaml': 'version: "1"\npackages: [a]\nuser: []\n' },
      /b\.yaml:3:1: unknown key 'user'; did you mean 'users'/,
    ],
    [
      'a user of both',
      {
        'top.yaml': 'extends: b.yaml\nusers: [{name: ada}]\n',
        'b.yaml': 'version: "1"\npackages: [a]\nusers: [{name: ada}]\n',
      },
      /top\.yaml:2:16: 'ada' is there twice/,
    ],
  ])('tells %s by its place', async (_, files, expected) => {
    await expect(load(files as Record<string, string>)).rejects.toThrow(expected);
  });
});

describe('what is not made yet', () => {
  it.each(UNMADE.map(({ key }) => key))('is a key that there is: %s', (key) => {
    const steps = key.split('.').map((step) => (step === '*' ? 0 : step));
    const last = steps.at(-1);
    const holder = typeof last === 'number' ? steps.slice(0, -2) : steps.slice(0, -1);
    const name = typeof last === 'number' ? steps.at(-2) : last;
    expect(keysAt(imageSchema, holder)).toContain(name);
  });

  it('is told by key and place, in the file that says it', async () => {
    const { unmade } = await load({
      'top.yaml': 'extends: b.yaml\notherDisks: [{size: 1G}]\ninstaller: {}\n',
      'b.yaml':
        'version: "1"\npackages: [a]\ndisk: {boot: uefi, grubMkconfig: true}\nformats: [raw, rdiff]\nnetworks: [{device: eth0, method: bootp}]\n',
    });
    expect(unmade.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)).toEqual([
      'b.yaml:3:34: disk.grubMkconfig: true is not made yet',
      'top.yaml:2:13: otherDisks is not made yet beside installer',
      "b.yaml:4:16: formats.1: rdiff is not made yet; a partition's artifacts may be: say it there",
      'b.yaml:5:35: networks.0.method: bootp is not made yet; most BOOTP servers take dhcp',
    ]);
  });
});
