import type { LoadedImageConfig } from '../config/image.ts';
import { findPlaced, plain } from '../config/placed.ts';
import { usageError } from '../domain/errors.ts';
import type { ImageDisk, ImagePartition } from '../domain/image-config/disk.ts';
import {
  HASHED_ROOTS,
  VERITY_ROLES,
  type VerityRole,
  verifiedBy,
  verityRoles,
} from '../domain/image-partitions.ts';
import type { KeptDisk } from './kept-disk.ts';
import { sizedPartitions, usualPartitions } from './kept-partitions.ts';

/** What a disk becomes. */
export interface ChangedDisk {
  readonly disk: ImageDisk;
  /** Whether it has the partitions that it had. */
  readonly keepsDisk: boolean;
  /** Whether one of these is mounted otherwise than it was. */
  readonly remounts: boolean;
}

/** The disk of a configuration with what an image has and it does not change. Throws usage errors for what cannot be. */
export function changedDisk(
  { config, placed }: Pick<LoadedImageConfig, 'config' | 'placed'>,
  kept: KeptDisk,
): ChangedDisk {
  const wanted = config.disk;
  if (wanted.encryption !== undefined && kept.encryption === undefined) {
    throw usageError('IMAGE_ENCRYPTION', 'an image that is there is not given an encrypted root', {
      hint: 'Leave disk.encryption out, or make the image again of its own configuration.',
    });
  }
  const isSaid = (key: 'size' | 'boot' | 'table' | 'partitions' | 'loader' | 'encryption.type') =>
    findPlaced(placed, `disk.${key}`).length > 0;
  const startsElse =
    (isSaid('boot') && wanted.boot !== kept.boot) || (isSaid('table') && wanted.table !== kept.table);
  const gets = (role: VerityRole): boolean =>
    verifiedBy(wanted, role) !== undefined && verifiedBy(kept, role) === undefined;
  const inPlace = verityRoles.flatMap((role) => {
    const named = gets(role) ? namedPartitions(placed, role) : undefined;
    return named === undefined ? [] : [{ role, ...named }];
  });
  const isHashed = verityRoles.some((role) => gets(role) && inPlace.every((one) => one.role !== role));
  const keepsDisk = !startsElse && !isHashed && !isSaid('partitions');
  if (!keepsDisk && !isSaid('partitions') && !kept.isPlain) throw divided(isHashed);
  for (const [key, what] of [
    ['verity', 'a dm-verity root'],
    ['usrVerity', 'a verified /usr'],
  ] as const) {
    if (keepsDisk || kept[key] === undefined || wanted[key] !== undefined) continue;
    throw usageError('IMAGE_VERITY', `the image has ${what}, and other partitions are asked for`, {
      hint: `Say disk.${key} too, or make the image again of its own configuration.`,
    });
  }
  const verity = wanted.verity ?? kept.verity;
  const usrVerity = wanted.usrVerity ?? kept.usrVerity;
  if ((verity?.signed === true || usrVerity?.signed === true) && wanted.secureBoot === undefined) {
    throw usageError(
      'IMAGE_VERITY',
      'the root hash of the image is signed, and a changed one has to be, too',
      {
        hint: `Name the key in disk.secureBoot, or say disk.${verity?.signed === true ? 'verity' : 'usrVerity'} without signed.`,
      },
    );
  }
  const disk = {
    ...wanted,
    boot: isSaid('boot') ? wanted.boot : kept.boot,
    table: isSaid('table') || isSaid('partitions') ? wanted.table : kept.table,
    loader: isSaid('loader') || startsElse ? wanted.loader : kept.loader,
    ...{ verity, usrVerity },
    encryption: wanted.encryption && {
      ...wanted.encryption,
      type: (isSaid('encryption.type') ? undefined : kept.encryption) ?? wanted.encryption.type,
    },
    ...(isSaid('size') || !keepsDisk ? {} : { size: kept.size }),
  };
  const remounts = keepsDisk && inPlace.length > 0;
  return { disk: { ...disk, partitions: partitionsOf() }, keepsDisk, remounts };

  function partitionsOf(): readonly ImagePartition[] {
    const own = isSaid('size') ? resized(kept, wanted.size) : kept.partitions;
    if (keepsDisk) return inPlace.reduce(withHashesIn, own);
    if (!isSaid('partitions')) return usualPartitions(disk, kept, isSaid('size'));
    const sizes = ['size', 'end'].flatMap((key) => findPlaced(placed, `disk.partitions.*.${key}`));
    const said = new Set(sizes.map(({ path: [, , index] }) => index));
    return sizedPartitions(wanted.partitions, kept, (index) => isSaid('size') || said.has(index));
  }
}

interface NamedPartitions {
  readonly role: VerityRole;
  /** Labels of partitions that the image has. */
  readonly data: string;
  readonly hashes: string;
}

function namedPartitions(
  placed: LoadedImageConfig['placed'],
  role: VerityRole,
): Omit<NamedPartitions, 'role'> | undefined {
  const labelOf = (key: 'data' | 'hashes'): unknown => {
    const [one] = findPlaced(placed, `base.verityPartitions.${role}.${key}`);
    return one === undefined ? undefined : plain(one.found);
  };
  const [data, hashes] = [labelOf('data'), labelOf('hashes')];
  return typeof data === 'string' && typeof hashes === 'string' ? { data, hashes } : undefined;
}

/** Partitions of which one gets hashes of another one. Throws `IMAGE_VERITY` where they cannot. */
function withHashesIn(
  partitions: readonly ImagePartition[],
  { role, data, hashes }: NamedPartitions,
): readonly ImagePartition[] {
  const { mount, hashType } = VERITY_ROLES[role];
  const wrong = (label: string, what: string) =>
    usageError('IMAGE_VERITY', `the partition '${label}' of the image ${what}`, {
      hint: 'Name others in base.verityPartitions, or divide the disk anew: disk.partitions.',
    });
  const labelled = (label: string): ImagePartition => {
    const found = partitions.filter(({ name }) => name === label);
    if (found.length === 1) return found[0]!;
    throw wrong(label, found.length === 0 ? 'is not there' : 'is not the only one with this label');
  };
  const [holder, room] = [labelled(data), labelled(hashes)];
  if (holder.mount !== mount) throw wrong(data, `is not mounted at ${mount}`);
  if (!HASHED_ROOTS.some((one) => one === holder.fileSystem)) {
    throw wrong(data, `is ${holder.fileSystem}, and dm-verity wants ${HASHED_ROOTS.join(', ')}`);
  }
  if (room.fileSystem !== undefined) throw wrong(hashes, 'has a file system, and is to hold hashes');
  return partitions.map((one) => {
    if (one === holder) return { ...one, grow: false };
    return one === room ? { ...one, type: hashType } : one;
  });
}

function divided(isHashed: boolean): Error {
  const what = isHashed ? 'it is not given a dm-verity root or /usr' : 'it cannot start otherwise';
  const keys = isHashed ? 'disk.verity and disk.usrVerity' : 'disk.boot and disk.table';
  return usageError('IMAGE_PARTITIONS', `the image has partitions beside its root: ${what}`, {
    hint: `Say disk.partitions too${isHashed ? ', or name some that it has in base.verityPartitions' : ''}, or leave out ${keys}.`,
  });
}

/** UUIDs that stay; the signature of an MBR is none of another table. */
export function uuidsFor(table: ImageDisk['table'], { table: before, uuids }: KeptDisk): KeptDisk['uuids'] {
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
