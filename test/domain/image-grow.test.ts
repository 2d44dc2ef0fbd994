import { describe, expect, it } from 'vitest';
import type { ImagePartition } from '../../toolkit/domain/image-config/disk.ts';
import { growFiles } from '../../toolkit/domain/image-grow.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { imageDisk } from '../support/image-host.ts';

const identity = imageIdentity({ name: 'a', version: '1' });
const part = (id: string, mount: string | undefined, grow = false): ImagePartition => ({
  ...{ id, name: id, type: undefined, flags: [], start: undefined, size: 'auto', grow },
  ...{ fileSystem: 'ext4', label: undefined, mount, mountOptions: undefined, mountBy: 'uuid' },
  ...{ removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
});

describe('growFiles', () => {
  it('name the partition that grows, and those of its type before it, which stay', () => {
    const partitions = [part('root', '/'), part('opt', '/opt'), part('data', '/data', true)];
    const [opt, data, ...more] = growFiles(imageDisk({ partitions }), identity);
    expect(more).toEqual([]);
    const type = 'Type=0fc63daf-8483-4772-8e79-3d69d8477de4';
    expect(opt).toEqual({
      path: `/usr/lib/repart.d/50-${identity.of('partition opt')}.conf`,
      mode: 0o644,
      content: { text: `[Partition]\n${type}\nSizeMinBytes=1M\nWeight=0\n` },
    });
    expect(data?.content).toEqual({ text: `[Partition]\n${type}\nSizeMinBytes=1M\nWeight=1000\n` });
  });

  it('are none where nothing grows, and in an MBR', () => {
    expect(growFiles(imageDisk({ partitions: [part('root', '/')] }), identity)).toEqual([]);
    expect(growFiles(imageDisk({ partitions: [part('root', '/', true)], table: 'mbr' }), identity)).toEqual(
      [],
    );
  });
});
