import { describe, expect, it } from 'vitest';
import {
  diskCommandLine,
  grubConfig,
  parseGrubWords,
  splitCommandLine,
} from '../../toolkit/domain/image-boot.ts';
import type { DiskVerity } from '../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mountLines } from '../../toolkit/domain/image-mounts.ts';
import {
  completeVerity,
  isVerityWord,
  OVERLAY_PROGRAM,
  parseVerity,
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
      const read = { ...by, parityRoots: 0, hasOverlays: true, ...root };
      expect(parseVerity(text)).toEqual(read);
      const menu = grubConfig({ title: 'a', kernel: '/k', commandLine: text });
      const [, words = ''] = /^ {2}linux \S+ (.*)$/m.exec(menu) ?? [];
      expect(parseVerity(parseGrubWords(words))).toEqual(read);
      expect(splitCommandLine(text).filter(isVerityWord)).toHaveLength(4);
      const corrected = commandLine({ onCorruption, errorCorrection: true, errorCorrectionRoots: 24 });
      expect(parseVerity(corrected)).toEqual({ ...read, parityRoots: 24, hasOverlays: false });
      const changes = { onCorruption, validateOnBoot: true, errorCorrection: true, overlays: ['/var'] };
      const byInitramfs = commandLine(changes, true);
      expect(parseVerity(byInitramfs)).toBeUndefined();
      const superblock = { uuid, salt, dataBlocks: root.dataBlocks };
      const validated = { ...read, parityRoots: 2, validateOnBoot: true };
      expect(parseVerity(byInitramfs, superblock)).toEqual(validated);
      expect(splitCommandLine(byInitramfs).filter(isVerityWord)).toHaveLength(6);
    },
  );

  it('is not known where another program opens it', () => {
    const text = commandLine();
    expect(parseVerity(text.replace('sha256', 'sha512'))).toBeUndefined();
    expect(parseVerity(text.replace(' 4096 4096 ', ' 512 4096 '))).toBeUndefined();
    expect(parseVerity(text.replace(/"( |$)/, ' 1 check_at_most_once"$1'))).toBeUndefined();
    expect(parseVerity('root=/dev/dm-0 ro')).toBeUndefined();
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
