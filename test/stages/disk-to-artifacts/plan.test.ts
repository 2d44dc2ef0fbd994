import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EfiSigner } from '../../../toolkit/domain/efi-signer.ts';
import type { ImageConfig } from '../../../toolkit/domain/image.ts';
import type { ImagePartition } from '../../../toolkit/domain/image-config/disk.ts';
import type { ImageInstaller } from '../../../toolkit/domain/image-config/system.ts';
import type { Disk } from '../../../toolkit/domain/image-disk.ts';
import { imageIdentity } from '../../../toolkit/domain/image-identity.ts';
import type { Rootfs } from '../../../toolkit/domain/image-rootfs.ts';
import type { Step } from '../../../toolkit/domain/image-steps.ts';
import { planLayout } from '../../../toolkit/domain/layout.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
import { planInstallerMedium, systemTars } from '../../../toolkit/stages/disk-to-artifacts/installer.ts';
import { planIso } from '../../../toolkit/stages/disk-to-artifacts/iso.ts';
import { planArtifacts } from '../../../toolkit/stages/disk-to-artifacts/plan.ts';
import type { ArtifactsRequest, InstallerParts } from '../../../toolkit/stages/disk-to-artifacts/types.ts';
import { diskEncryption, imageConfig, imageDisk, testProgram } from '../../support/image-host.ts';

const MIB = 1024 ** 2;
const file = (letter: string) => ({ sha256: letter.repeat(64), size: 1 });

const rootfs: Rootfs = {
  ...{ key: 'key', manifest: file('b'), epoch: 1_700_000_000 },
  contents: { open: async () => Promise.reject(new Error('unread')), tar: async () => file('a') },
  size: { entries: 1, bytes: 1, blocks: 1 },
  top: { mode: 0o755, uid: 0, gid: 0, mtime: 0 },
  kernel: { image: file('c'), release: '1.0' },
  ...{ osRelease: undefined, efiStub: undefined, hasGrubBios: false },
  ...{ systemdBoot: undefined, hasGrubEfi: false },
  live: { init: file('d'), busybox: file('e') },
};

function partition(id: string, changes: Partial<ImagePartition>): ImagePartition {
  return {
    ...{ id, name: id, type: undefined, flags: [], start: undefined, size: 'auto', grow: false },
    ...{ fileSystem: 'ext4', label: undefined, mount: undefined, mountOptions: undefined },
    ...{ mountBy: 'uuid', removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
    ...changes,
  };
}

function plansOf(...parts: Parameters<typeof requestOf>) {
  return planArtifacts(requestOf(...parts));
}

function requestOf(
  changes: Partial<ImageConfig>,
  home: Partial<ImagePartition> = {},
  installer?: InstallerParts,
  bases?: ArtifactsRequest['bases'],
  mediumFiles: ArtifactsRequest['mediumFiles'] = [],
): ArtifactsRequest {
  const partitions = [
    partition('esp', { flags: ['esp'], fileSystem: 'vfat', size: 64 * MIB }),
    partition('root', { mount: '/', size: 100 * MIB }),
    partition('home', { mount: '/home', size: 20 * MIB, ...home }),
  ];
  const config = imageConfig({ disk: imageDisk({ boot: 'uefi', partitions }), ...changes });
  const layout = planLayout(config, imageIdentity(config), () => rootfs.size, MIB);
  const disk: Disk = {
    key: 'a',
    raw: { sha256: 'f'.repeat(64), size: layout.disk.size },
    extents: file('g'),
    places: undefined,
    layout,
    binaries: [],
    commandLine: '',
  };
  const tools = { name: 'tools', key: 'key' } as unknown as Root;
  const optional = installer === undefined ? {} : { installer };
  const program = testProgram('1');
  return {
    config,
    rootfs,
    disk,
    tools,
    program,
    imagesDir: '/images',
    ...optional,
    ...(bases && { bases }),
    mediumFiles,
  };
}

describe('planArtifacts', () => {
  it('names what is emitted of further disks, and tells two files of one name', () => {
    const request = requestOf({ formats: ['raw'] });
    const { disk } = request;
    const named = (artifactName: string) =>
      planArtifacts({
        ...request,
        others: [
          { config: { ...request.config, artifactName, formats: ['raw', 'partitions'] }, disk: disk! },
        ],
      });
    expect(named('more').map(({ path, ofDisk }) => [basename(path), ofDisk])).toEqual([
      ...[
        ['trial-1.0.raw', 1],
        ['more-1.0.raw', 2],
      ],
      ...['esp', 'root', 'home'].map((name) => [`more-1.0.${name}.raw`, 2]),
    ]);
    expect(() => named('trial')).toThrow('would be called trial-1.0.raw');
  });

  it('puts the root onto a live medium, or into its initramfs', () => {
    const live = { init: file('h'), busybox: file('i') };
    const kernel = { image: file('j'), release: '1.0' };
    const planOf = (liveRoot: 'medium' | 'memory') => {
      const request = requestOf({ formats: ['iso'], liveRoot });
      const whole = { ...request, rootfs: { ...request.rootfs, live, kernel } };
      const words = planIso(whole).steps.flatMap(({ argv }) => argv);
      const isOnMedium = words.some((word) => word.startsWith('/live/root.squashfs='));
      return { isOnMedium, key: planArtifacts(whole)[0]!.key };
    };
    const [medium, memory] = [planOf('medium'), planOf('memory')];
    expect([medium.isOnMedium, memory.isOnMedium]).toEqual([true, false]);
    expect(medium.key).not.toBe(memory.key);
  });

  it('gives what runs without its disk another key where it hides other partitions', () => {
    const keyOf = (label: string) => plansOf({ formats: ['initrd'] }, { label })[0]!.key;
    expect(keyOf('a')).not.toBe(keyOf('b'));
  });

  it('gives a difference another key where what it is the difference to changed', () => {
    const home: Partial<ImagePartition> = {
      rdiffBase: '/old.raw',
      artifacts: [{ name: 'home', format: 'rdiff.gz' }],
    };
    const keys = ['a', 'b'].map((letter) => {
      const bases = new Map([['/old.raw', { sha256: letter.repeat(64), size: 1 }]]);
      const plans = plansOf({ formats: [] }, home, undefined, bases);
      expect(plans).toMatchObject([{ format: 'rdiff.gz', base: '/old.raw', area: { size: 20 * MIB } }]);
      expect(basename(plans[0]!.path)).toBe('home-1.0.rdiff.gz');
      return plans[0]!.key;
    });
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('gives what has another name beside the formats, each with a key of its own', () => {
    const plans = plansOf({
      formats: ['vhdx', 'raw.tar.gz'],
      otherArtifacts: [
        { name: 'second', format: 'vhdx' },
        { name: 'second', format: 'initrd.xz' },
      ],
    });
    expect(plans.map(({ path }) => basename(path))).toEqual([
      'trial-1.0.vhdx',
      'trial-1.0.raw.tar.gz',
      'second-1.0.vhdx',
      'second-1.0.initrd.xz',
    ]);
    expect(new Set(plans.map(({ key }) => key)).size).toBe(plans.length);
  });

  it('gives a partition alone, as what it asks for', () => {
    const artifacts = [
      { name: 'home', format: 'ext4.gz' },
      { name: 'home', format: 'raw' },
    ] as const;
    const plans = plansOf({ formats: ['ext4'] }, { artifacts });
    expect(plans.map(({ path, area }) => [basename(path), area?.size])).toEqual([
      ['trial-1.0.ext4', 100 * MIB],
      ['home-1.0.ext4.gz', 20 * MIB],
      ['home-1.0.raw', 20 * MIB],
    ]);
    expect(plans[1]!.area).toEqual(plans[2]!.area);
    expect(plans[1]!.area!.offset).toBe(plans[0]!.area!.offset + 100 * MIB);
  });

  it('refuses a partition as ext4 that is something else, and two files of one name', () => {
    const artifacts = [{ name: 'home', format: 'ext4' }] as const;
    expect(() => plansOf({}, { artifacts, fileSystem: 'swap', mount: undefined })).toThrow(
      "trial: the partition 'home' is swap, not ext4",
    );
    const otherArtifacts = [{ name: 'trial', format: 'raw' }] as const;
    expect(() => plansOf({ formats: ['raw'], otherArtifacts })).toThrow('would be called trial-1.0.raw');
  });

  it('gives what a network starts as four files', () => {
    const plans = plansOf({ formats: ['pxe'] });
    expect(plans.map(({ part }) => part)).toEqual(['kernel', 'initrd', 'root', 'script']);
  });

  it('gives them in one tar, with files of the user', () => {
    const [plain] = plansOf({ formats: ['pxe.tar.gz'] });
    expect(basename(plain!.path)).toBe('trial-1.0.pxe.tar.gz');
    const one = (sha256: string) => [{ path: '/a', digest: { sha256, size: 1 } }];
    const keys = [undefined, one('1'), one('2')].map((mediumFiles) => {
      const [made] = plansOf({ formats: ['pxe.tar.gz'] }, {}, undefined, undefined, mediumFiles);
      return made!.key;
    });
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toBe(plain!.key);
    const [iso] = plansOf({ formats: ['iso'] });
    const [other] = plansOf({ formats: ['iso'] }, {}, undefined, undefined, one('1'));
    expect(other!.key).not.toBe(iso!.key);
  });

  it('makes a medium that has a passphrase on it anew each time, with no trace of it in its key', () => {
    const medium: InstallerParts = { live: rootfs, repository: [], systems: [] };
    const installer: ImageInstaller = {
      ...{ target: 'only', afterwards: 'reboot', encryption: 'always', kickstart: false },
    };
    const disk = imageDisk({ boot: 'both', encryption: diskEncryption() });
    const config = { formats: ['tar.gz', 'iso'], installer, disk } as const;
    const [tar, plain] = plansOf(config, {}, medium);
    const [, secret] = plansOf(config, {}, { ...medium, passphrase: Buffer.from('open sesame') });
    const [, other] = plansOf(config, {}, { ...medium, passphrase: Buffer.from('another') });
    expect([tar, plain, secret].map((artifact) => artifact?.isSecret)).toEqual([undefined, undefined, true]);
    expect(other).toEqual(secret);
  });
});

describe('planIso', () => {
  const signer = (letter: string): EfiSigner => ({
    certificate: Buffer.from(letter),
    sign: () => Buffer.from(''),
  });
  const medium: InstallerParts = { live: rootfs, repository: [], systems: [] };
  const installer: ImageInstaller = {
    ...{ target: 'only', afterwards: 'reboot', encryption: 'always', kickstart: false },
  };
  const lines = (steps: readonly Step[]) => steps.map(({ argv }) => argv.join(' '));

  it('starts GRUB by UEFI without a key, and what is signed with one', () => {
    const request = requestOf({ formats: ['iso'] });
    const plain = planIso(request);
    expect(plain.signings).toEqual([]);
    expect(lines(plain.programSteps).join('\n')).toContain('-O x86_64-efi');
    const signed = planIso({ ...request, efiSigner: signer('a') });
    expect(signed.signings).toEqual(['uki.efi']);
    expect(lines(signed.programSteps).join('\n')).not.toContain('-O x86_64-efi');
    const copies = lines(signed.steps).filter((line) => line.startsWith('mcopy'));
    expect(copies).toEqual([expect.stringMatching(/ \S+\/signed-uki\.efi ::\/EFI\/BOOT\/BOOTX64\.EFI$/)]);
    const keys = [undefined, signer('a'), signer('b')].map(
      (efiSigner) => planArtifacts({ ...request, efiSigner })[0]!.key,
    );
    expect(new Set(keys).size).toBe(3);
  });

  it('lets an installer choose by what is signed, too', () => {
    const request = requestOf({ installer, formats: ['iso'] }, {}, medium);
    const { signings, programSteps, steps, texts } = planIso({ ...request, efiSigner: signer('a') });
    expect(signings).toEqual(['uki.efi', 'loader.efi']);
    const [again, kernel] = programSteps.filter(({ argv }) => argv[0] === 'ukify');
    expect(again!.argv.join(' ')).toMatch(/--cmdline=distrokit\.live=\S+ .*distrokit\.install=again/);
    expect(kernel!.argv.join(' ')).not.toContain('distrokit.install=again');
    expect(kernel!.argv).toContainEqual(expect.stringMatching(/^--join-profile=.*profile-1\.efi$/));
    expect(texts['loader.conf']).toContain('editor no\n');
    // systemd-boot says both: the product, and the profile behind it.
    expect(texts['os-release']).toContain("PRETTY_NAME='trial 1.0'\n");
    expect(kernel!.argv).toContain('--profile=ID=0\nTITLE=install');
    const copies = lines(steps).filter((line) => line.startsWith('mcopy'));
    // Nothing that UEFI reads as a program is without a signature.
    expect(copies.filter((line) => /\.efi/i.test(line)).every((line) => line.includes('/signed-'))).toBe(
      true,
    );
    const grub = planIso(request).texts['grub.cfg']!;
    expect(grub.match(/^menuentry /gm)).toHaveLength(2);
  });

  it('has room for the kernel where UEFI starts it', () => {
    const request = requestOf({ formats: ['iso'] });
    const kernel = { image: { ...file('c'), size: 30 * MIB }, release: '1.0' };
    const large = { ...request, rootfs: { ...rootfs, kernel } };
    const kib = (wanted: ArtifactsRequest) =>
      Number(/ (\d+)K /.exec(lines(planIso(wanted).steps).find((line) => line.startsWith('truncate'))!)![1]);
    expect(kib(large)).toBe(4096);
    expect(kib({ ...large, efiSigner: signer('a') })).toBeGreaterThanOrEqual(34 * 1024);
  });
});

describe('planInstallerMedium', () => {
  it('puts each system that is offered into a folder of its own, and lists them', () => {
    const installer: ImageInstaller = {
      ...{ target: undefined, afterwards: 'reboot', encryption: 'always', kickstart: false },
    };
    const alone: InstallerParts = { live: rootfs, repository: [], systems: [] };
    const { config, disk } = requestOf({ installer });
    const other = { ...rootfs, manifest: file('o') };
    const offered = { config: { ...config, title: 'Another' }, rootfs: other, disk: disk! };
    const request = requestOf({ installer, formats: ['iso'] }, {}, { ...alone, systems: [offered] });
    const { files, texts, inputs } = planInstallerMedium(request)!;
    expect(texts.systems).toBe('.\ttrial 1.0\n2\tAnother 1.0\n');
    expect(texts['2-plan']).toContain('title\tAnother 1.0\n');
    const names = ['1.img.zst', 'plan', 'system.tar.zst'];
    const paths = files.map(([path]) => path).sort();
    expect(paths).toEqual(
      [
        ...names.flatMap((name) => [`/installer/${name}`, `/installer/2/${name}`]),
        '/installer/systems',
      ].sort(),
    );
    expect(new Set(files.map(([, from]) => from)).size).toBe(paths.length);
    expect(inputs.map(({ name }) => name)).toEqual(['disk.raw', '2-disk.raw']);
    expect(systemTars(request).map(({ name, rootfs: tree }) => [name, tree])).toEqual([
      ['system.tar', rootfs],
      ['2-system.tar', other],
    ]);
    const single = requestOf({ installer, formats: ['iso'] }, {}, alone);
    expect(planInstallerMedium(single)!.texts).not.toHaveProperty('systems');
    expect(planArtifacts(single)[0]!.key).not.toBe(planArtifacts(request)[0]!.key);
  });
});
