import { randomBytes } from 'node:crypto';
import { usageError } from '../../domain/errors.ts';
import type { ImageConfig } from '../../domain/image.ts';
import { LUKS_SECTOR, luksUuid } from '../../domain/image-encryption.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import type { Volume } from '../../domain/layout.ts';
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

/** A container that an encrypted root lies in. */
export interface LuksContainer {
  readonly header: Uint8Array;
  /** All of a volume, with what is free in it, as the container holds it. */
  encrypted(pieces: AsyncIterable<PositionedBytes>, volume: Volume): AsyncIterable<PositionedBytes>;
}

/**
 * A container with a volume key of its own, which nobody else ever sees; undefined where the root is not encrypted.
 * Two of them never are the same.
 */
export function luksContainer(
  config: ImageConfig,
  passphrase: Uint8Array | undefined,
): LuksContainer | undefined {
  const { encryption } = config.disk;
  if (encryption === undefined) return undefined;
  if (passphrase === undefined) {
    throw usageError('IMAGE_ENCRYPTION', `${config.name}: an encrypted root wants a passphrase`, {
      hint: 'Set disk.encryption.passphraseFile.',
    });
  }
  const volumeKey = randomBytes(64);
  const common = { uuid: luksUuid(imageIdentity(config)), volumeKey, passphrase, random: randomBytes };
  const isFirst = encryption.type === 'luks1';
  const sectorSize = isFirst ? LUKS1_SECTOR : LUKS_SECTOR;
  const header = isFirst
    ? encodeLuks1Header({ ...common, iterations: LUKS1_ITERATIONS })
    : encodeLuksHeader({ ...common, label: '', kdf: ARGON2ID, sectorSize: LUKS_SECTOR });
  return {
    header,
    encrypted: (pieces, { size }) => encryptedPayload(wholeBytes(pieces, size), volumeKey, sectorSize),
  };
}
