import type { LoadedImageConfig } from '../config/image.ts';
import { findPlaced, plain } from '../config/placed.ts';
import type { Sha256 } from '../domain/digest.ts';
import { usageError } from '../domain/errors.ts';
import { emittedFormats, type ImageConfig } from '../domain/image.ts';
import { splitCommandLine } from '../domain/image-boot.ts';
import type { ImageSelinux } from '../domain/image-config/system.ts';
import { holdsDisk } from '../domain/image-format.ts';
import { earlyOverlays } from '../domain/image-overlays.ts';
import { isVerityWord } from '../domain/image-verity.ts';
import type { Root } from '../domain/ports.ts';
import type { BaseMounts } from '../stages/repo-to-rootfs/index.ts';
import { changedDisk, uuidsFor } from './changed-disk.ts';
import type { Context } from './context.ts';
import type { KeptDisk } from './kept-disk.ts';
import { hashPasswords } from './passwords.ts';

/** What every disk is started with; the rest was asked for. */
const OWN_WORDS =
  /^(?:rootfstype=.*|root=(?:PART)?(?:UUID|LABEL)=.*|root=\/dev\/mapper\/.*|rd\.luks\.name=.*|rd\.distrokit\.swap=.*|r[ow]|console=tty0|console=ttyS0,115200)$/;
/** What `selinux.mode` stands for. */
const SELINUX_WORDS = ['security=selinux', 'selinux=1', 'enforcing=1'];

/** What an image that is changed has, as far as a configuration says it. */
interface Unchanged {
  /** SHA-256 of the image. */
  readonly sha256: Sha256;
  readonly commandLine: string | undefined;
  /** Texts of /etc/fstab and /etc/selinux/config. */
  readonly fstab: string | undefined;
  readonly selinuxConfig: string | undefined;
  readonly kept: KeptDisk;
}

/**
 * The configuration with what the image has and it does not change: command line, disk, SELinux, and how it starts.
 * Throws usage errors for what cannot be changed.
 */
export async function changedConfig(
  { config, placed }: LoadedImageConfig,
  base: Unchanged,
  tools: Root,
  { ports }: Context,
  signal: AbortSignal,
): Promise<{ readonly config: ImageConfig; readonly mounts: BaseMounts }> {
  const [others] = findPlaced(placed, 'otherDisks');
  if (others !== undefined) {
    const { file, line, column } = others.found.place;
    throw usageError('IMAGE_PARTITIONS', `${file}:${line}:${column}: an image is not given further disks`, {
      hint: 'Make the image again with otherDisks in its own configuration. Those that it has stay mounted.',
    });
  }
  const hashed = await hashPasswords(config, tools, ports, signal);
  // What nothing starts has no command line.
  const isSilent = base.commandLine === undefined && base.kept.boot !== 'none';
  if (isSilent && emittedFormats(config).some(holdsDisk)) {
    throw usageError('IMAGE_COMMAND_LINE', 'the ESP of the image does not tell how its kernel is started', {
      hint: 'Its kernel command line is not known: ask for formats without a disk only, such as tar.gz.',
    });
  }
  const drops = findPlaced(placed, 'base.kernelArgs').some(({ found }) => plain(found) === 'drop');
  const words = splitCommandLine(base.commandLine ?? '').filter((word) => !isOwnWord(word));
  const selinux = findPlaced(placed, 'selinux.mode').length > 0 ? config.selinux : keptSelinux(config, base);
  const isLabelled = selinux !== undefined;
  const before = drops ? [] : words.filter((word) => !isLabelled || !SELINUX_WORDS.includes(word));
  const { kept, fstab } = base;
  const overlays = [
    ...earlyOverlays(fstab ?? '').filter(({ mount }) => config.overlays.every((one) => one.mount !== mount)),
    ...config.overlays,
  ];
  const { disk, keepsDisk, remounts } = changedDisk({ config: hashed, placed }, kept);
  const resets = findPlaced(placed, 'base.uuids').some(({ found }) => plain(found) === 'reset');
  // The fstab that is there names what is no more.
  const keepsTable = keepsDisk && !resets && !remounts;
  return {
    config: {
      ...hashed,
      selinux: selinux ?? hashed.selinux,
      kernelArgs: [...before, hashed.kernelArgs].filter((word) => word !== '').join(' '),
      ...{ disk, overlays },
      ...(resets ? { keptUuids: {}, uuidSeed: base.sha256 } : { keptUuids: uuidsFor(disk.table, kept) }),
    },
    mounts: {
      keepsDisk,
      ...(resets || remounts ? { isMadeAnew: true } : {}),
      lines: keepsTable ? (fstab ?? '').split('\n').filter((line) => line !== '') : kept.otherMounts,
    },
  };
}

function isOwnWord(word: string): boolean {
  return OWN_WORDS.test(word) || isVerityWord(word);
}

/** As the image has it; undefined where it has none: what is new in it is to be labelled too. */
function keptSelinux({ selinux }: ImageConfig, base: Unchanged): ImageSelinux | undefined {
  const words = splitCommandLine(base.commandLine ?? '');
  const mode = /^SELINUX=\s*(permissive|enforcing)\s*$/m.exec(base.selinuxConfig ?? '')?.[1];
  if (!words.includes('selinux=1') || mode === undefined) return undefined;
  if (words.includes('enforcing=1')) return { ...selinux, mode: 'force-enforcing' };
  return { ...selinux, mode: mode === 'permissive' ? 'permissive' : 'enforcing' };
}
