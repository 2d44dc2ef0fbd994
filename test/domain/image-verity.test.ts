import { describe, expect, it } from 'vitest';
import type { ImageConfig } from '../../toolkit/domain/image.ts';
import {
  diskCommandLine,
  grubConfig,
  parseGrubWords,
  splitCommandLine,
} from '../../toolkit/domain/image-boot.ts';
import type { DiskVerity, ImageDisk, ImagePartition } from '../../toolkit/domain/image-config/disk.ts';
import { earlyMounts } from '../../toolkit/domain/image-early-mounts.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mountLines } from '../../toolkit/domain/image-mounts.ts';
import { diskPartitions } from '../../toolkit/domain/image-partitions.ts';
import {
  completeVerity,
  isVerityWord,
  OVERLAY_PROGRAM,
  parseVerity,
  usrSource,
  verityIdentity,
} from '../../toolkit/domain/image-verity.ts';
import { overlayProgram, parseOverlayProgram } from '../../toolkit/domain/verity-overlays.ts';
import { diskVerity, imageConfig, imageDisk } from '../support/image-host.ts';

const root = { rootHash: 'ab'.repeat(32), dataBlocks: 1000 };

function commandLine(changes: Partial<DiskVerity> = {}, hasInitramfs = false): string {
  const config = imageConfig({ disk: imageDisk({ verity: diskVerity(changes) }) });
  return completeVerity(diskCommandLine(config, hasInitramfs), config.disk, imageIdentity(config), root);
}

describe('a dm-verity root', () => {
  const identity = imageIdentity(imageConfig());
  const data = `PARTUUID=${identity.of('partition root')}`;
  const hash = `PARTUUID=${identity.of('partition root-verity')}`;
  const { uuid, salt } = verityIdentity(identity);

  it('is opened by the kernel itself, once both partitions are there', () => {
    expect(commandLine()).toContain(
      `rootfstype=ext4 root=/dev/dm-0 ro dm-mod.waitfor=${data},${hash} dm-mod.create="root,` +
        `CRYPT-VERITY-${uuid.replaceAll('-', '')}-root,,ro,0 8000 verity 1 ${data} ${hash} 4096 4096 1000 1 ` +
        `sha256 ${root.rootHash} ${salt.toString('hex')}" console=`,
    );
  });

  it.each([
    ['ignore', 'ignore_corruption'],
    ['restart', 'restart_on_corruption'],
    ['panic', 'panic_on_corruption'],
  ] as const)('is told what to do where it is damaged: %s', (onCorruption, option) => {
    expect(commandLine({ onCorruption })).toContain(` 1 ${option}" `);
  });

  it('is corrected by what lies behind its hashes', () => {
    const corrected = { errorCorrection: true, errorCorrectionRoots: 4 };
    // 1000 blocks have a tree of 9, behind the superblock.
    const options = `use_fec_from_device ${hash} fec_roots 4 fec_blocks 1009 fec_start 10`;
    expect(commandLine(corrected)).toContain(` ${salt.toString('hex')} 8 ${options}" `);
    expect(commandLine({ ...corrected, onCorruption: 'panic' })).toContain(
      ` 9 panic_on_corruption ${options}" `,
    );
  });

  it('is opened by an initramfs, in words that nothing after it reads', () => {
    const words = `root=/dev/mapper/sealed ro rd.systemd.verity_root_data=${data} rd.systemd.verity_root_hash=${hash}`;
    expect(commandLine({ name: 'sealed' }, true)).toContain(
      `rootfstype=ext4 ${words} rd.roothash=${root.rootHash} console=`,
    );
    const changes = { errorCorrection: true, onCorruption: 'restart', validateOnBoot: true } as const;
    const options = `restart-on-corruption,fec-device=${hash},fec-offset=40960,fec-roots=2`;
    expect(commandLine(changes, true)).toContain(
      ` rd.roothash=${root.rootHash} rd.systemd.verity_root_options=${options} rd.verity.validate console=`,
    );
  });

  it('is one word to GRUB, which puts quotes of its own around it', () => {
    const menu = grubConfig({ title: 'a', kernel: '/k', commandLine: commandLine() });
    expect(menu).toMatch(/ 'dm-mod\.create=root,CRYPT-VERITY-[^'"]* verity 1 [^'"]*' console=tty0 /);
  });

  it.each(['io-error', 'ignore', 'restart', 'panic'] as const)(
    'is known again by its command line: %s',
    (onCorruption) => {
      const text = commandLine({ onCorruption, overlays: ['/var'] });
      const by = { name: 'root', uuid, salt, onCorruption, signed: false, validateOnBoot: false };
      const found = { dataBy: 'partuuid', hashBy: 'partuuid' };
      const read = { ...by, ...found, parityRoots: 0, hasOverlays: true, ...root };
      expect(parseVerity(text)).toEqual(read);
      const menu = grubConfig({ title: 'a', kernel: '/k', commandLine: text });
      const [, words = ''] = /^ {2}linux \S+ (.*)$/m.exec(menu) ?? [];
      expect(parseVerity(parseGrubWords(words))).toEqual(read);
      expect(splitCommandLine(text).filter((word) => isVerityWord(word))).toHaveLength(4);
      const corrected = commandLine({ onCorruption, errorCorrection: true, errorCorrectionRoots: 24 });
      expect(parseVerity(corrected)).toEqual({ ...read, parityRoots: 24, hasOverlays: false });
      const changes = { onCorruption, validateOnBoot: true, errorCorrection: true, overlays: ['/var'] };
      const byInitramfs = commandLine(changes, true);
      expect(parseVerity(byInitramfs)).toBeUndefined();
      const superblock = { uuid, salt, dataBlocks: root.dataBlocks };
      const validated = { ...read, parityRoots: 2, validateOnBoot: true };
      expect(parseVerity(byInitramfs, superblock)).toEqual(validated);
      expect(splitCommandLine(byInitramfs).filter((word) => isVerityWord(word))).toHaveLength(6);
    },
  );

  it('is not known where another program opens it', () => {
    const text = commandLine();
    expect(parseVerity(text.replace('sha256', 'sha512'))).toBeUndefined();
    expect(parseVerity(text.replace(' 4096 4096 ', ' 512 4096 '))).toBeUndefined();
    expect(parseVerity(text.replace(/"( |$)/, ' 1 check_at_most_once"$1'))).toBeUndefined();
    expect(parseVerity('root=/dev/dm-0 ro')).toBeUndefined();
  });

  it('is found by labels of partitions, and by an initramfs by UUIDs too', () => {
    const byLabel = commandLine({ dataBy: 'partlabel', hashBy: 'partlabel' });
    expect(byLabel).toContain(' dm-mod.waitfor=PARTLABEL=root,PARTLABEL=root-verity ');
    expect(parseVerity(byLabel)).toMatchObject({ dataBy: 'partlabel', hashBy: 'partlabel' });
    const byUuid = commandLine({ dataBy: 'uuid', hashBy: 'uuid' }, true);
    expect(byUuid).toContain(`verity_root_data=UUID=${identity.of('file system root')} `);
    expect(byUuid).toContain(`verity_root_hash=UUID=${uuid} `);
    const superblock = { uuid, salt, dataBlocks: root.dataBlocks };
    expect(parseVerity(byUuid, superblock)).toMatchObject({ dataBy: 'uuid', hashBy: 'uuid' });
    expect(parseVerity(byUuid.replace('_data=UUID=', '_data=/dev/'), superblock)).toBeUndefined();
  });

  it('is read-only in fstab', () => {
    const disk = imageDisk({ verity: diskVerity(), boot: 'uefi' });
    expect(mountLines(disk, identity)[0]).toBe('/dev/dm-0 / ext4 ro 0 0');
  });

  it('starts with what lays memory over folders, then the real init', () => {
    const overlays = ['/etc', "/srv/it's"];
    expect(commandLine()).not.toContain('init=');
    expect(commandLine({ overlays })).toContain(` init=${OVERLAY_PROGRAM} `);
    const text = overlayProgram(diskVerity({ overlays, overlaySize: '64m' }));
    expect(text).toContain("over 1 '/etc'\nover 2 '/srv/it'\\''s'\numount -l");
    expect(text).toContain('size=64m');
    expect(text.trimEnd().split('\n').at(-1)).toBe('exec /sbin/init "$@"');
    expect(overlayProgram(diskVerity({ overlays, overlayDebug: true }))).not.toContain('umount');
    for (const overlayDebug of [true, false]) {
      const asked = { overlays, overlaySize: '64m', overlayDebug };
      expect(parseOverlayProgram(overlayProgram(diskVerity(asked)))).toEqual(asked);
    }
    expect(parseOverlayProgram(text.replace('nodev', 'dev'))).toBeUndefined();
  });
});

describe('a verified /usr', () => {
  const fixed = { mountOptions: undefined, mountBy: 'uuid', type: undefined } as const;
  const partitions = [
    { id: 'esp', flags: ['esp'], fileSystem: 'vfat', mount: '/boot/efi' },
    { id: 'root', fileSystem: 'ext4', mount: '/' },
    { id: 'usr', fileSystem: 'erofs', mount: '/usr' },
  ].map(
    (one) =>
      ({
        ...diskPartitions(imageDisk()).at(-1)!,
        ...fixed,
        flags: [],
        grow: false,
        ...one,
      }) as ImagePartition,
  );
  const { name: _, ...usrVerity } = diskVerity({ onCorruption: 'panic', errorCorrection: true });
  const config = (changes: Partial<ImageDisk> = {}) =>
    imageConfig({ disk: imageDisk({ boot: 'uefi', partitions, usrVerity, ...changes }) });
  const identity = imageIdentity(imageConfig());
  const data = `PARTUUID=${identity.of('partition usr')}`;
  const hash = `PARTUUID=${identity.of('partition usr-verity')}`;
  const lineOf = (image: ImageConfig) =>
    completeVerity(diskCommandLine(image, true), image.disk, identity, root, 'usr');

  it('is opened by an initramfs, beside whatever root there is', () => {
    const words = `rd.systemd.verity_usr_data=${data} rd.systemd.verity_usr_hash=${hash} rd.usrhash=${root.rootHash}`;
    const options = `panic-on-corruption,fec-device=${hash},fec-offset=40960,fec-roots=2`;
    const line = lineOf(config());
    expect(line).toContain(
      ` root=UUID=${identity.of('file system root')} rw ${words} rd.systemd.verity_usr_options=${options} console=`,
    );
    expect(isVerityWord(`rd.usrhash=${root.rootHash}`)).toBe(true);
    expect(splitCommandLine(line).filter((word) => isVerityWord(word, 'usr'))).toHaveLength(4);
    expect(splitCommandLine(line).filter((word) => isVerityWord(word, 'root'))).toEqual([]);
    expect(usrSource(line)).toBe(data);
    const validated = lineOf(config({ usrVerity: { ...usrVerity, validateOnBoot: true } }));
    expect(validated).toContain(' rd.verity.validate=usr ');
  });

  it('is one beside a dm-verity root, each with hashes of its own', () => {
    const both = config({ verity: diskVerity() });
    const known = completeVerity(lineOf(both), both.disk, identity, { ...root, rootHash: 'cd'.repeat(32) });
    expect(known).toContain(`rd.roothash=${'cd'.repeat(32)} `);
    expect(known).toContain(`rd.usrhash=${root.rootHash} `);
    expect(diskPartitions(both.disk).map(({ id }) => id)).toEqual([
      'esp',
      'root',
      'usr',
      'root-verity',
      'usr-verity',
    ]);
    const [one, other] = [verityIdentity(identity), verityIdentity(identity, 'usr')];
    expect(one.uuid).not.toBe(other.uuid);
    expect(one.salt.equals(other.salt)).toBe(false);
  });

  it('is known again by its command line', () => {
    const { uuid, salt } = verityIdentity(identity, 'usr');
    const superblock = { uuid, salt, dataBlocks: root.dataBlocks };
    expect(parseVerity(lineOf(config()), superblock, 'usr')).toEqual({
      ...{ name: 'usr', uuid, salt, onCorruption: 'panic', parityRoots: 2, signed: false, ...root },
      ...{ validateOnBoot: false, hasOverlays: false, dataBy: 'partuuid', hashBy: 'partuuid' },
    });
    expect(parseVerity(lineOf(config()), superblock)).toBeUndefined();
    expect(parseVerity(lineOf(config()), undefined, 'usr')).toBeUndefined();
  });

  it('is mounted before the system starts, read-only and by nothing else', () => {
    const { disk } = config();
    expect(mountLines(disk, identity)).toContain('/dev/mapper/usr /usr erofs ro,noauto,x-initrd.mount 0 0');
    expect(earlyMounts(config())).toEqual([
      ...[{ source: '/dev/mapper/usr', target: '/usr', type: 'erofs', options: 'ro', fileSystem: 'erofs' }],
    ]);
    const plain = config({
      usrVerity: undefined,
      partitions: partitions.with(2, { ...partitions[2]!, fileSystem: 'ext4' }),
    });
    const source = `UUID=${identity.of('file system usr')}`;
    expect(mountLines(plain.disk, identity)).toContain(
      `${source} /usr ext4 defaults,noauto,x-initrd.mount 0 0`,
    );
    expect(earlyMounts(plain)).toMatchObject([{ source, target: '/usr', options: 'rw' }]);
  });
});
