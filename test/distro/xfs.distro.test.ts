import { mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { artifactsOf, bootArtifact, type Login, makeLogin } from '../support/images.ts';

const CONFIG = `extends: core-efi.yaml
formats: !replace [raw]
files:
  - {path: /home/mine, content: "mine\\n", mode: "0640", group: users}
disk:
  boot: uefi
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi}
    - {id: root, fileSystem: ext4, mount: /}
    - {id: home, label: HOME, fileSystem: xfs, mount: /home, mountBy: label, grow: true}
`;
const GIB = 1024 ** 3;

describe('an xfs at /home, which the kernel has as a module', () => {
  let home: string;
  let login: Login;
  let clone: Clone;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'xfs-home-'));
    login = await makeLogin(home);
    // kernel-generic is one of the core's packages: it takes long to build.
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', defaultCacheDir());
    await clone.must(['make', 'setup']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('is mounted, takes what the disk has more, and can be written to', async () => {
    await writeFile(join(clone.dir, 'configs/apart.yaml'), `${CONFIG}${login.yaml}`);
    await clone.must(['make', 'image', 'CONFIG=configs/apart.yaml']);
    const raw = (await artifactsOf(clone, 'apart')).find(({ format }) => format === 'raw')!;
    // The machine's disk is larger than the image.
    await truncate(join(clone.dir, 'images/apart', raw.name), 6 * GIB);
    const commands = [
      'cat /proc/mounts',
      'stat -c "%a %G %s" /home/mine',
      'df -k --output=size /home | tail -1',
      // Not of links, some of which lead out of the folder.
      'cp -a /usr/bin /home/copy && sync && cd /usr/bin && find . -type f -exec sha256sum {} + >/tmp/sums && cd /home/copy && sha256sum --quiet -c /tmp/sums',
      'systemctl --failed --no-legend | cat',
    ];
    const said = await bootArtifact(clone, 'apart', login, ['raw', 'uefi', 'virtio'], {
      ...{ commands, timeoutS: 1800 },
    });
    expect(said[0]).toMatch(/^\/dev\/vda3 \/home xfs rw/m);
    expect(said[1]).toBe('640 users 5');
    expect(Number(said[2]) * 1024).toBeGreaterThan(2 * GIB);
    expect(said[4]).toBe('');
  });
});
