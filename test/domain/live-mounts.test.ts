import { describe, expect, it } from 'vitest';
import type { ImagePartition } from '../../toolkit/domain/image-config/disk.ts';
import { mountLines } from '../../toolkit/domain/image-mounts.ts';
import { allDisks } from '../../toolkit/domain/image-other-disks.ts';
import { liveMounts, partitionNames } from '../../toolkit/domain/live-mounts.ts';
import { imageConfig, imageDisk } from '../support/image-host.ts';

const PLAIN: ImagePartition = {
  ...{ id: '', name: undefined, type: undefined, flags: [], start: undefined, size: 'auto', grow: false },
  ...{ label: undefined, mount: undefined, mountOptions: undefined, mountBy: 'uuid', removeDocs: false },
  ...{ fileSystem: 'ext4', overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
};
const config = imageConfig({
  disk: imageDisk({
    partitions: [
      { ...PLAIN, id: 'root', mount: '/' },
      { ...PLAIN, id: 'home', mount: '/home', mountBy: 'partuuid' },
      { ...PLAIN, id: 'srv', mount: '/srv', mountBy: 'label', label: 'data' },
      { ...PLAIN, id: 'var', mount: '/var', mountBy: 'partlabel', name: 'var' },
      { ...PLAIN, id: 'fat', fileSystem: 'vfat', mount: '/dos' },
      { ...PLAIN, id: 'swap', fileSystem: 'swap' },
    ],
  }),
});

describe('liveMounts', () => {
  it('leaves out all partitions of the image, however they are named', () => {
    const [{ disk, identity }] = allDisks(config) as [ReturnType<typeof allDisks>[number]];
    const lines = mountLines(disk, identity);
    expect(lines).toHaveLength(6);
    const others = [
      '# mine',
      'LABEL=backup /backup ext4 nofail 0 0',
      'tmpfs /scratch tmpfs defaults 0 0',
      '',
    ];
    const text = [...lines, ...others].join('\n');
    expect(liveMounts(text, partitionNames(config))).toBe(others.join('\n'));
  });

  it('leaves out a root however it is opened, and lets overlays fail', () => {
    const text = (of: string) => [
      ...['/dev/dm-0 / ext4 ro 0 0', 'overlay /etc overlay lowerdir=/sysroot/etc,x-initrd.mount,nofail 0 0'],
      of,
    ];
    const overlay = 'overlay /srv overlay lowerdir=/srv,upperdir=/a,workdir=/b';
    expect(liveMounts(text(`${overlay} 0 0`).join('\n'), [])).toBe(`${overlay},nofail 0 0`);
    expect(liveMounts(`${overlay},nofail 0 0\n`, [])).toBeUndefined();
    const money = overlay.replace('=/a', () => "=/$'$&");
    expect(liveMounts(`${money} 0 0`, [])).toBe(`${money},nofail 0 0`);
  });

  it('changes nothing where nothing of a disk is mounted', () => {
    expect(liveMounts('proc /proc proc defaults,hidepid=2 0 0\n', partitionNames(config))).toBeUndefined();
  });
});
