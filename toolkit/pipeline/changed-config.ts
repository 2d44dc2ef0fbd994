import type { LoadedImageConfig } from '../config/image.ts';
import { findPlaced, plain } from '../config/placed.ts';
import { usageError } from '../domain/errors.ts';
import { emittedFormats, type ImageConfig } from '../domain/image.ts';
import type { ImageDisk, ImagePartition } from '../domain/image-config/disk.ts';
import type { ImageSelinux } from '../domain/image-config/system.ts';
import { holdsDisk } from '../domain/image-format.ts';
import type { Root } from '../domain/ports.ts';
import type { BaseMounts } from '../stages/repo-to-rootfs/index.ts';
import type { Context } from './context.ts';
import type { KeptDisk } from './kept-disk.ts';
import { hashPasswords } from './passwords.ts';

/** What every disk is started with; the rest was asked for. */
const OWN_WORDS =
  /^(?:rootfstype=.*|root=(?:PART)?(?:UUID|LABEL)=.*|r[ow]|console=tty0|console=ttyS0,115200)$/;
/** What `selinux.mode` stands for. */
const SELINUX_WORDS = ['security=selinux', 'selinux=1', 'enforcing=1'];

/** What an image that is changed has, as far as a configuration says it. */
interface Unchanged {
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
  if (config.disk.verity !== undefined) {
    throw usageError('IMAGE_VERITY', 'an image that is there is not given a dm-verity root', {
      hint: 'Leave disk.verity out, or make the image again of its own configuration.',
    });
  }
  if (config.disk.encryption !== undefined) {
    throw usageError('IMAGE_ENCRYPTION', 'an image that is there is not given an encrypted root', {
      hint: 'Leave disk.encryption out, or make the image again of its own configuration.',
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
  const words = (base.commandLine ?? '').split(' ').filter((word) => !OWN_WORDS.test(word));
  const selinux = findPlaced(placed, 'selinux.mode').length > 0 ? config.selinux : keptSelinux(config, base);
  const isLabelled = selinux !== undefined;
  const before = drops ? [] : words.filter((word) => !isLabelled || !SELINUX_WORDS.includes(word));
  const { kept, fstab } = base;
  const isSaid = (key: 'size' | 'boot' | 'table' | 'partitions' | 'loader') =>
    findPlaced(placed, `disk.${key}`).length > 0;
  const said = { size: isSaid('size'), partitions: isSaid('partitions') };
  const startsElse =
    (isSaid('boot') && config.disk.boot !== kept.boot) ||
    (isSaid('table') && config.disk.table !== kept.table);
  const table = isSaid('table') || said.partitions ? config.disk.table : kept.table;
  const keepsDisk = !startsElse && !said.partitions;
  if (startsElse && !said.partitions && !kept.isPlain) {
    throw usageError(
      'IMAGE_PARTITIONS',
      'the image has partitions beside its root: it cannot start otherwise',
      {
        hint: 'Say disk.partitions too, or leave out disk.boot and disk.table.',
      },
    );
  }
  return {
    config: {
      ...hashed,
      selinux: selinux ?? hashed.selinux,
      kernelArgs: [...before, hashed.kernelArgs].filter((word) => word !== '').join(' '),
      disk: {
        ...hashed.disk,
        boot: isSaid('boot') ? hashed.disk.boot : kept.boot,
        table,
        loader: isSaid('loader') || startsElse ? hashed.disk.loader : kept.loader,
        ...(said.size || !keepsDisk ? {} : { size: kept.size }),
        ...(keepsDisk ? { partitions: said.size ? resized(kept, hashed.disk.size) : kept.partitions } : {}),
      },
      keptUuids: uuidsFor(table, kept),
    },
    mounts: {
      keepsDisk,
      lines: keepsDisk ? (fstab ?? '').split('\n').filter((line) => line !== '') : kept.otherMounts,
    },
  };
}

/** The signature of an MBR is no UUID of a disk. */
function uuidsFor(table: ImageDisk['table'], { table: before, uuids }: KeptDisk): KeptDisk['uuids'] {
  if (table === before || before === 'gpt') return uuids;
  return Object.fromEntries(Object.entries(uuids).filter(([role]) => role !== 'disk'));
}

/** The root gives and takes what the disk gets more or less. */
function resized({ partitions }: KeptDisk, size: ImageDisk['size']): readonly ImagePartition[] {
  return partitions.map(({ keptSize, ...partition }) => {
    if (partition.mount === '/') return { ...partition, size: size === 'auto' ? 'auto' : 'max' };
    return keptSize === undefined ? partition : { ...partition, keptSize };
  });
}

/** As the image has it; undefined where it has none: what is new in it is to be labelled too. */
function keptSelinux({ selinux }: ImageConfig, base: Unchanged): ImageSelinux | undefined {
  const words = (base.commandLine ?? '').split(' ');
  const mode = /^SELINUX=\s*(permissive|enforcing)\s*$/m.exec(base.selinuxConfig ?? '')?.[1];
  if (!words.includes('selinux=1') || mode === undefined) return undefined;
  if (words.includes('enforcing=1')) return { ...selinux, mode: 'force-enforcing' };
  return { ...selinux, mode: mode === 'permissive' ? 'permissive' : 'enforcing' };
}
