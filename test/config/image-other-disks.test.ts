import { describe, expect, it } from 'vitest';
import { loadImageConfig } from '../../toolkit/config/image.ts';
import { disksBeside } from '../../toolkit/config/image-disks.ts';
import { textFolders } from '../support/text-folder.ts';

const folderOf = textFolders();
const load = async (text: string) =>
  await loadImageConfig('trial.yaml', await folderOf({ 'trial.yaml': text }));
const problems = async (text: string) =>
  await load(text).then(
    () => [],
    (error: Error) => error.message.split('\n'),
  );
const HEAD = 'version: "1"\npackages: [a]\n';

describe('otherDisks of a configuration', () => {
  it('are called after the image and emitted as it is, where they do not say', async () => {
    const { config, unmade } = await load(
      `${HEAD}artifactName: sys\nformats: [raw, vhdx, tar.gz, ext4]\notherDisks:\n` +
        '- {partitions: [{id: srv, fileSystem: ext4, mount: /srv}]}\n' +
        '- {name: swap, size: 1G, table: mbr, formats: [qcow2.zst], partitions: [{id: s, fileSystem: swap}]}\n',
    );
    expect(unmade).toEqual([]);
    expect(config.otherDisks).toMatchObject([
      {
        place: 'otherDisks.0',
        artifactName: 'sys-disk2',
        formats: ['raw', 'vhdx'],
        boot: 'none',
        table: 'gpt',
      },
      { place: 'otherDisks.1', artifactName: 'swap', formats: ['qcow2.zst'], size: 1024 ** 3, table: 'mbr' },
    ]);
  });

  it('are told what only the first disk has, each at its place', async () => {
    const text = `${HEAD}formats: [raw, ova]
otherDisks:
  - {boot: uefi}
  - {formats: [ova]}
`;
    expect(await problems(text)).toEqual([
      expect.stringMatching(/^trial.yaml:3:16: an ova has one disk/),
      expect.stringMatching(/^trial.yaml:5:6: unknown key 'boot'/),
      expect.stringMatching(/^trial.yaml:6:16: unknown value 'ova'/),
    ]);
    const more = `${HEAD}formats: [raw, ova]
otherDisks:
  - partitions: [{id: a, fileSystem: ext4, mount: /}]
  - {partitions: [{id: b, fileSystem: ext4, mount: /b, grow: true}]}
  - {partitions: [{id: c, fileSystem: ext4, mount: /boot}]}
  - {partitions: [{id: d, fileSystem: ext4, mount: /usr}]}
`;
    expect(await problems(more)).toEqual([
      'trial.yaml:3:16: an ova has one disk, and the image has more: take vmdk-stream',
      "trial.yaml:5:51: 'a' cannot be the root: that is on the first disk",
      "trial.yaml:6:62: 'b' cannot grow: only partitions of the first disk do",
      "trial.yaml:7:52: 'c' cannot be /boot: that is on the first disk",
      "trial.yaml:8:52: 'd' cannot be /usr: that is on the first disk",
    ]);
    expect(await problems(`${HEAD}formats: [tar.gz]\notherDisks: [{size: 4M}]\n`)).toEqual([
      'trial.yaml:4:14: nothing is emitted of this disk: name its formats',
    ]);
    const installer = await load(`${HEAD}installer: {}\nformats: [raw]\notherDisks: [{size: 4M}]\n`);
    expect(installer.unmade.map(({ message }) => message)).toEqual([
      'otherDisks is not made yet beside installer',
    ]);
  });

  it('overlap, end beyond their disk and share ids and mount points as little as the first', async () => {
    const text = `${HEAD}disk: {boot: none, partitions: [{id: a, fileSystem: ext4, mount: /}]}
otherDisks:
  - size: 10M
    partitions:
      - {id: a, start: 1M, end: 4M, fileSystem: ext4, mount: /srv}
      - {id: c, start: 3M, end: 40M, fileSystem: ext4, mount: /srv}
`;
    expect(await problems(text)).toEqual([
      "trial.yaml:7:14: another partition has the id 'a'",
      "trial.yaml:8:24: 'c' overlaps 'a'",
      "trial.yaml:8:33: 'c' is 30 MiB beyond the disk's 10M",
      'trial.yaml:8:63: another partition is mounted at /srv',
    ]);
  });
});

describe('disksBeside', () => {
  const index = (artifacts: readonly object[]) => JSON.stringify({ artifacts });
  const list = [
    { name: 'a-1.vhdx', format: 'vhdx' },
    { name: 'a-disk3-1.raw', format: 'raw', disk: 3 },
    { name: 'a-disk2-1.raw.gz', format: 'raw.gz', disk: 2 },
    { name: 'a-disk2-1.raw', format: 'raw', disk: 2 },
    { name: 'a-disk2-1.vhdx', format: 'vhdx', disk: 2 },
    { name: '../b.raw', format: 'raw', disk: 4 },
  ];

  it('finds the further disks of an image, in its own format where there is one', async () => {
    const folder = await folderOf({ 'artifact.json': index(list) });
    expect(await disksBeside(`${folder}/a-1.vhdx`, ['raw', 'vhdx'])).toEqual([
      `${folder}/a-disk2-1.vhdx`,
      `${folder}/a-disk3-1.raw`,
    ]);
    expect(await disksBeside(`${folder}/a-disk2-1.raw`, ['raw'])).toEqual([]);
    expect(await disksBeside(`${folder}/other.raw`, ['raw'])).toEqual([]);
  });

  it('finds none where no list tells of them', async () => {
    for (const text of ['{', '{"artifacts": 1}', index([])]) {
      const folder = await folderOf({ 'artifact.json': text });
      expect(await disksBeside(`${folder}/a-1.vhdx`, ['raw'])).toEqual([]);
    }
    expect(await disksBeside(`${await folderOf({})}/a-1.vhdx`, ['raw'])).toEqual([]);
  });
});
