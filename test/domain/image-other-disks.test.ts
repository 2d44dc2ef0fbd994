import { describe, expect, it } from 'vitest';
import type { ImagePartition, OtherDisk } from '../../toolkit/domain/image-config/disk.ts';
import { earlyMounts } from '../../toolkit/domain/image-early-mounts.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mountLines } from '../../toolkit/domain/image-mounts.ts';
import { allDisks, otherDiskConfigs } from '../../toolkit/domain/image-other-disks.ts';
import { planLayout } from '../../toolkit/domain/layout.ts';
import { encodeGpt } from '../../toolkit/formats/gpt/index.ts';
import { encodeMbr } from '../../toolkit/formats/mbr/index.ts';
import { imageConfig, imageDisk } from '../support/image-host.ts';

const MIB = 1024 ** 2;
const part = (id: string, changes: Partial<ImagePartition>): ImagePartition => ({
  ...{ id, name: id, type: undefined, flags: [], start: undefined, size: 'auto', grow: false },
  ...{ fileSystem: 'ext4', label: undefined, mount: undefined, mountOptions: undefined, mountBy: 'uuid' },
  ...{ removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
  ...changes,
});
const other = (index: number, changes: Partial<OtherDisk>): OtherDisk => ({
  ...imageDisk({ boot: 'none' }),
  ...{
    place: `otherDisks.${index}`,
    artifactName: `trial-disk${index + 2}`,
    formats: [],
    otherArtifacts: [],
  },
  ...changes,
});
const config = imageConfig({
  disk: imageDisk({
    boot: 'none',
    partitions: [part('root', { mount: '/' }), part('home', { mount: '/srv/a' })],
  }),
  otherDisks: [
    other(0, {
      partitions: [part('srv', { mount: '/srv', mountBy: 'partuuid' }), part('s', { fileSystem: 'swap' })],
    }),
    other(1, { partitions: [part('more', { mount: '/srv/a/b', mountBy: 'partuuid' })], table: 'mbr' }),
  ],
});
const content = { entries: 5, bytes: 0, blocks: 5 };
const layoutOf = (disk: OtherDisk) =>
  planLayout({ name: 'a', disk }, imageIdentity({ name: 'a', version: '1' }), () => content, 0);

describe('further disks', () => {
  it('are in fstab by their own UUIDs, each mount before what is mounted in it', () => {
    const [first, second, third] = allDisks(config);
    expect(mountLines(first!.disk, first!.identity, false, [second!, third!])).toEqual([
      `UUID=${first!.identity.of('file system root')} / ext4 defaults 0 1`,
      `PARTUUID=${second!.identity.of('partition srv')} /srv ext4 defaults 0 2`,
      `UUID=${first!.identity.of('file system home')} /srv/a ext4 defaults 0 2`,
      `PARTUUID=${third!.identity.disk.slice(0, 8)}-01 /srv/a/b ext4 defaults 0 2`,
      `UUID=${second!.identity.of('file system s')} none swap defaults 0 0`,
    ]);
    expect(new Set([first, second, third].map((one) => one!.identity.disk)).size).toBe(3);
  });

  it('keep none of the UUIDs of an image that was changed, and depend on what its own do', () => {
    const identity = (changes: object) =>
      imageIdentity(otherDiskConfigs(imageConfig({ otherDisks: config.otherDisks, ...changes }))[0]!).disk;
    expect(identity({ keptUuids: { disk: 'x' } })).toBe(identity({}));
    expect(identity({ uuidSeed: 'x' })).not.toBe(identity({}));
  });

  it('hold what early overlays lie in', () => {
    const overlay = {
      mount: '/etc',
      lower: ['/etc'],
      upper: '/srv/up',
      work: '/srv/work',
      after: [],
      options: undefined,
    };
    const overlays = [{ ...overlay, early: true }];
    const second = allDisks(config)[1]!;
    expect(earlyMounts({ ...config, overlays })[0]).toMatchObject({
      source: `PARTUUID=${second.identity.of('partition srv')}`,
      target: '/srv',
    });
  });

  it('have no root, and without partitions only a table', () => {
    const layout = layoutOf(config.otherDisks[0]!);
    expect(layout.root).toBeUndefined();
    expect(layout.volumes.map(({ partition }) => partition.id)).toEqual(['srv', 's']);
    const empty = layoutOf(other(0, { size: 8 * MIB }));
    expect(empty.disk).toMatchObject({ size: 8 * MIB, partitions: [] });
    expect(() => encodeGpt(empty.disk)).not.toThrow();
    const { size, sectorSize } = empty.disk;
    expect(() => encodeMbr({ size, sectorSize, signature: 1, partitions: [] })).not.toThrow();
    expect(layoutOf(other(0, {})).disk.size).toBe(2 * MIB);
  });

  it('say by their place what is too small', () => {
    const partitions = [part('srv', { mount: '/srv', size: 'max' })];
    expect(() => layoutOf(other(1, { size: 2 * MIB, partitions }))).toThrow(
      /more than otherDisks.1.size of 2 MiB/,
    );
    const fixed = [part('srv', { mount: '/srv', size: 20 * MIB })];
    expect(() => layoutOf(other(1, { size: 8 * MIB, partitions: fixed }))).toThrow(
      /'srv' ends \d+ MiB beyond otherDisks.1.size of 8 MiB/,
    );
  });
});
