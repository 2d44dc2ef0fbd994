import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { earlyOverlays, overlayFolders } from '../../../toolkit/domain/image-overlays.ts';
import { mountTable, rpmMacros, systemFiles } from '../../../toolkit/stages/repo-to-rootfs/system-files.ts';
import { judged, runTool, tempFolder } from '../../formats/support/judge.ts';
import { imageConfig } from '../../support/image-host.ts';

function textOf(files: ReturnType<typeof systemFiles>, path: string): string | undefined {
  const content = files.find((file) => file.path === path)?.content;
  return content !== undefined && 'text' in content ? content.text : undefined;
}

describe('systemFiles', () => {
  it('writes only the host name where nothing else is asked for', () => {
    expect(systemFiles(imageConfig()).map(({ path }) => path)).toEqual(['/etc/hostname']);
  });

  it('writes locale, key map, networks and package servers', () => {
    const network = { onBoot: true, gateway: undefined, dns: [], addresses: [] };
    const files = systemFiles(
      imageConfig({
        locale: 'de_DE.UTF-8',
        keymap: 'de',
        networks: [
          { ...network, device: 'en*', method: 'dhcp' },
          {
            ...network,
            device: '52:54:00:12:34:56',
            method: 'static',
            addresses: ['192.0.2.7/24'],
            gateway: '192.0.2.1',
            dns: ['192.0.2.53'],
          },
        ],
        repositories: [
          {
            ...{ name: 'own', url: 'https://example.org/r', enabled: true, install: true },
            ...{ gpgCheck: true, repoGpgCheck: false, gpgKeys: ['file:///etc/key'] },
          },
        ],
      }),
    );
    expect(textOf(files, '/etc/locale.conf')).toBe('LANG=de_DE.UTF-8\n');
    expect(textOf(files, '/etc/vconsole.conf')).toBe('KEYMAP=de\n');
    expect(textOf(files, '/etc/systemd/network/10-dhcp-en_.network')).toBe(
      '[Match]\nName=en*\n\n[Network]\nDHCP=yes\n',
    );
    expect(textOf(files, '/etc/systemd/network/11-static-52_54_00_12_34_56.network')).toBe(
      '[Match]\nMACAddress=52:54:00:12:34:56\n\n[Network]\nAddress=192.0.2.7/24\nGateway=192.0.2.1\nDNS=192.0.2.53\n',
    );
    expect(textOf(files, '/etc/yum.repos.d/own.repo')).toBe(
      '[own]\nname=own\nbaseurl=https://example.org/r\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file:///etc/key\n',
    );
  });
});

describe('a network of the interface that a system was loaded by', () => {
  const network = { onBoot: true, gateway: undefined, dns: [], device: 'bootif' } as const;
  const files = systemFiles(
    imageConfig({
      networks: [
        { ...network, method: 'dhcp', addresses: [] },
        { ...network, method: 'static', addresses: ['192.0.2.7/24'] },
      ],
    }),
  );

  /** The networks that a start with this command line makes. */
  async function started(commandLine: string): Promise<Record<string, string>> {
    using root = tempFolder('bootif-');
    const put = async (path: string, text: string) => {
      await mkdir(dirname(root.path + path), { recursive: true });
      await writeFile(root.path + path, text);
    };
    for (const { path } of files) await put(path, textOf(files, path) ?? '');
    await put('/proc/cmdline', `${commandLine}\n`);
    runTool(['sh', `${root.path}/usr/lib/distrokit/bootif`, root.path]);
    const made = join(root.path, 'run/systemd/network');
    const names = await readdir(made).catch(() => []);
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(made, name), 'utf8')] as const)),
    );
  }

  it('is made before systemd-networkd begins', () => {
    expect(textOf(files, '/usr/lib/systemd/system/systemd-networkd.service.d/10-bootif.conf')).toBe(
      '[Service]\nExecStartPre=+/bin/sh /usr/lib/distrokit/bootif\n',
    );
    expect(files.some(({ path }) => path.startsWith('/etc/systemd/network/'))).toBe(false);
  });

  it.each(['quiet BOOTIF=01-52-54-00-12-34-56 *', 'BOOTIF=52-54-00-12-34-56'])(
    'has the address that the boot loader told: %s',
    async (commandLine) => {
      expect(await started(commandLine)).toEqual({
        '10-dhcp-bootif.network': '[Match]\nMACAddress=52-54-00-12-34-56\n\n[Network]\nDHCP=yes\n',
        '11-static-bootif.network':
          '[Match]\nMACAddress=52-54-00-12-34-56\n\n[Network]\nAddress=192.0.2.7/24\n',
      });
    },
  );

  it.each(['quiet', 'BOOTIF=', 'BOOTIF=eth0', 'XBOOTIF=01-52-54-00-12-34-56'])(
    'is not made where it told none: %s',
    async (commandLine) => {
      expect(await started(commandLine)).toEqual({});
    },
  );
});

describe('services of a system that applies presets at its first start', () => {
  const preset = '/etc/systemd/system-preset/00-image.preset';
  const services = { enable: ['own.timer', 'own'], disable: ['sshd'], mask: ['tmp.mount'] };

  it('are presets as well', () => {
    const files = systemFiles(imageConfig({ machineId: 'uninitialized', services }));
    expect(textOf(files, preset)).toBe('enable own.timer\nenable own.service\ndisable sshd.service\n');
  });

  it('stay beside those of an image that is changed, unless they are named again', () => {
    const before = 'enable old.service\ndisable own.timer\n';
    const expected = 'enable own.timer\nenable own.service\ndisable sshd.service\nenable old.service\n';
    expect(textOf(systemFiles(imageConfig({ services }), before), preset)).toBe(expected);
    // The file stays as it is.
    expect(textOf(systemFiles(imageConfig(), before), preset)).toBeUndefined();
  });

  it('are none where it has an id, or nothing is named', () => {
    expect(textOf(systemFiles(imageConfig({ services })), preset)).toBeUndefined();
    expect(textOf(systemFiles(imageConfig({ machineId: 'uninitialized' })), preset)).toBeUndefined();
  });

  judged('systemctl')('stay as they are when systemctl applies the presets', async () => {
    using root = tempFolder('preset-');
    const put = async (path: string, text: string) => {
      await mkdir(dirname(root.path + path), { recursive: true });
      await writeFile(root.path + path, text);
    };
    for (const file of systemFiles(imageConfig({ machineId: 'uninitialized', services })))
      await put(file.path, 'text' in file.content ? file.content.text : '');
    await put('/usr/lib/systemd/system-preset/90-packages.preset', 'enable sshd.service\ndisable *\n');
    for (const unit of ['own.service', 'sshd.service', 'other.service', 'own.timer'])
      await put(`/etc/systemd/system/${unit}`, '[Install]\nWantedBy=multi-user.target\n');
    runTool(['systemctl', `--root=${root.path}`, '--quiet', 'preset-all']);
    const wanted = await readdir(join(root.path, 'etc/systemd/system/multi-user.target.wants'));
    expect(wanted.sort()).toEqual(['own.service', 'own.timer']);
  });
});

describe('what is of use to an installer only', () => {
  it('is not in the image', () => {
    const network = { gateway: undefined, dns: [], addresses: [], device: 'en*', method: 'dhcp' } as const;
    const repository = {
      ...{ name: 'own', url: 'https://example.org/r', enabled: true, gpgCheck: true, repoGpgCheck: false },
      gpgKeys: [],
    };
    const files = systemFiles(
      imageConfig({
        networks: [{ ...network, onBoot: false }],
        repositories: [{ ...repository, install: false }],
      }),
    );
    expect(files.map(({ path }) => path)).toEqual(['/etc/hostname']);
  });
});

describe('mountTable', () => {
  it('leaves the one of an image whose disk stays, and keeps its other lines where the disk does not', () => {
    const raw = imageConfig({ formats: ['raw'] });
    const lines = ['UUID=12 / ext4', 'tmpfs /scratch tmpfs'];
    expect(mountTable(raw, false, { keepsDisk: true, lines })).toEqual([]);
    const hidden = imageConfig({ formats: ['raw'], hidepid: true });
    const [proc] = ['proc /proc proc defaults,hidepid=2 0 0'];
    expect(textOf(mountTable(hidden, false, { keepsDisk: true, lines }), '/etc/fstab')).toBe(
      `${[...lines, proc].join('\n')}\n`,
    );
    expect(mountTable(hidden, false, { keepsDisk: true, lines: [proc!] })).toEqual([]);
    const anew = textOf(
      mountTable(raw, false, { keepsDisk: false, lines: ['tmpfs /scratch tmpfs'] }),
      '/etc/fstab',
    );
    expect(anew).toMatch(/ \/ ext4 .*\ntmpfs \/scratch tmpfs\n$/s);
    const renamed = { keepsDisk: true, isMadeAnew: true, lines: ['tmpfs /scratch tmpfs'] };
    expect(textOf(mountTable(raw, false, renamed), '/etc/fstab')).toBe(anew);
  });

  it('mounts overlays behind all else, once', () => {
    const overlay = {
      mount: '/a',
      lower: ['/a', '/b'],
      upper: '/c/u',
      work: '/c/w',
      after: ['/c'],
      options: 'noatime',
      early: false,
    };
    const config = imageConfig({ overlays: [overlay] });
    const line =
      'overlay /a overlay lowerdir=/a:/b,upperdir=/c/u,workdir=/c/w,x-systemd.requires=/c,noatime 0 0';
    expect(textOf(mountTable(config), '/etc/fstab')).toBe(`${line}\n`);
    const before = { keepsDisk: true, lines: ['UUID=1 / ext4', line] };
    expect(textOf(mountTable(config, false, before), '/etc/fstab')).toBe(`UUID=1 / ext4\n${line}\n`);
    expect(overlayFolders(config)).toEqual(['/a', '/a', '/b', '/c/u', '/c/w']);
    expect(earlyOverlays(line)).toEqual([]);
  });

  it('leaves overlays to the initramfs that are early, and knows them again', () => {
    const overlay = {
      ...{ mount: '/etc', lower: ['/etc', '/b'], upper: '/c/u', work: '/c/w', after: [], early: true },
      options: 'noatime',
    };
    const line =
      'overlay /etc overlay lowerdir=/sysroot/etc:/sysroot/b,upperdir=/sysroot/c/u,workdir=/sysroot/c/w,noatime,x-initrd.mount,nofail 0 0';
    expect(textOf(mountTable(imageConfig({ overlays: [overlay] })), '/etc/fstab')).toBe(`${line}\n`);
    expect(earlyOverlays(`UUID=1 / ext4 x-initrd.mount 0 1\n${line}\n`)).toEqual([overlay]);
  });

  it('mounts a disk, and hides processes where that is asked for', () => {
    expect(mountTable(imageConfig())).toEqual([]);
    expect(textOf(mountTable(imageConfig({ hidepid: true })), '/etc/fstab')).toBe(
      'proc /proc proc defaults,hidepid=2 0 0\n',
    );
    const growing = mountTable(imageConfig({ formats: ['raw'] }), true);
    expect(textOf(growing, '/etc/fstab')).toMatch(/ \/ ext4 defaults,x-systemd.growfs 0 1\n/);
    expect(growing.map(({ path }) => path)).toHaveLength(2);
    expect(textOf(mountTable(imageConfig({ formats: ['raw'] })), '/etc/fstab')).toMatch(
      /^UUID=[0-9a-f-]{36} \/ ext4 defaults 0 1\nUUID=[0-9A-F]{4}-[0-9A-F]{4} \/boot\/efi vfat/,
    );
  });
});

describe('rpmMacros', () => {
  it('leaves out documentation and languages where that is asked for', () => {
    const rpm = imageConfig().rpm;
    expect(rpmMacros(imageConfig())).toEqual({});
    expect(rpmMacros(imageConfig({ rpm: { ...rpm, docs: false, locales: ['en', 'de'] } }))).toEqual({
      _excludedocs: '1',
      _install_langs: 'en:de',
    });
    const files = systemFiles(imageConfig({ rpm: { ...rpm, locales: [] } }));
    expect(textOf(files, '/usr/lib/rpm/macros.d/macros.image')).toBe('%_install_langs none\n');
  });
});
