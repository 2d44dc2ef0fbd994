import { randomBytes } from 'node:crypto';
import { usageError } from '../../domain/errors.ts';
import type { ImageConfig } from '../../domain/image.ts';
import type { DiskEncryption } from '../../domain/image-config/disk.ts';
import { LUKS_SECTOR, luksUuid } from '../../domain/image-encryption.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { diskPartitions } from '../../domain/image-partitions.ts';
import type { ImageLayout, Volume } from '../../domain/layout.ts';
import {
  ARGON2ID,
  encodeLuks1Header,
  encodeLuksHeader,
  encryptedPayload,
  LUKS1_ITERATIONS,
} from '../../formats/luks/index.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';
import { wholeBytes } from '../../formats/positioned.ts';

/** What the kernel has to have built in so that an initramfs can open the root. */
export const LUKS_OPTIONS = ['CONFIG_BLK_DEV_INITRD', 'CONFIG_DM_CRYPT', 'CONFIG_CRYPTO_XTS'] as const;

/** The first version knows no other sectors. */
const LUKS1_SECTOR = 512;

/** A container that a file system lies in. */
export interface LuksContainer {
  readonly header: Uint8Array;
  /** All of a volume, with what is free in it, as the container holds it. */
  encrypted(pieces: AsyncIterable<PositionedBytes>, volume: Volume): AsyncIterable<PositionedBytes>;
}

/**
 * The containers of a disk by the numbers of their partitions, each with a volume key of its own, which nobody else ever
 * sees; none where nothing is encrypted. Two of them never are the same.
 */
export function luksContainers(
  config: ImageConfig,
  { containers }: ImageLayout,
  passphrase: Uint8Array | undefined,
): ReadonlyMap<number, LuksContainer> {
  const { encryption } = config.disk;
  if (encryption === undefined) return new Map();
  if (passphrase === undefined) {
    throw usageError('IMAGE_ENCRYPTION', `${config.name}: an encrypted root wants a passphrase`, {
      hint: 'Set disk.encryption.passphraseFile.',
    });
  }
  const partitions = diskPartitions(config.disk);
  const identity = imageIdentity(config);
  return new Map(
    containers.map(({ number }) => {
      const uuid = luksUuid(identity, partitions[number - 1]!);
      return [number, luksContainer(encryption.type, uuid, passphrase)];
    }),
  );
}

function luksContainer(type: DiskEncryption['type'], uuid: string, passphrase: Uint8Array): LuksContainer {
  const volumeKey = randomBytes(64);
  const common = { uuid, volumeKey, passphrase, random: randomBytes };
  const isFirst = type === 'luks1';
  const sectorSize = isFirst ? LUKS1_SECTOR : LUKS_SECTOR;
  const header = isFirst
    ? encodeLuks1Header({ ...common, iterations: LUKS1_ITERATIONS })
    : encodeLuksHeader({ ...common, label: '', kdf: ARGON2ID, sectorSize: LUKS_SECTOR });
  return {
    header,
    encrypted: (pieces, { size }) => encryptedPayload(wholeBytes(pieces, size), volumeKey, sectorSize),
  };
}
