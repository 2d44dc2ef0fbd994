import { untilNul } from '../../../domain/text.ts';
import {
  checkedIterations,
  checkedStripes,
  type Keyslot,
  knownHash,
  knownKey,
  type LuksContainer,
} from './container.ts';
import { unsupported } from './errors.ts';

const SECTOR = 512;
const SLOTS = 8;
const ENABLED = 0x00ac71f3;
/** Bytes of the header. */
export const LUKS1_HEADER = 592;

/** Reads the header of a LUKS1 container. Throws `LUKS_DAMAGED`, `LUKS_UNSUPPORTED`. */
export function parseLuks1(bytes: Buffer): LuksContainer {
  const text = (from: number, length: number): string =>
    untilNul(bytes.toString('latin1', from, from + length));
  const cipher = `${text(8, 32)}-${text(40, 32)}`;
  if (cipher !== 'aes-xts-plain64') throw unsupported(`its cipher ${cipher} is not known`);
  const hash = knownHash(text(72, 32));
  const slots = Array.from({ length: SLOTS }, (_, slot) => 208 + slot * 48);
  const keyslots = slots.flatMap((at): Keyslot[] => {
    if (bytes.readUInt32BE(at) !== ENABLED) return [];
    const salt = bytes.subarray(at + 8, at + 40);
    const iterations = checkedIterations(bytes.readUInt32BE(at + 4));
    return [
      {
        ...{ offset: bytes.readUInt32BE(at + 40) * SECTOR, hash },
        stripes: checkedStripes(bytes.readUInt32BE(at + 44)),
        kdf: { type: 'pbkdf2', hash, iterations, salt },
      },
    ];
  });
  return {
    ...{ type: 'luks1', uuid: text(168, 40), keyslots },
    digest: {
      ...{ hash, digest: bytes.subarray(112, 132), salt: bytes.subarray(132, 164) },
      iterations: checkedIterations(bytes.readUInt32BE(164)),
      keyBytes: knownKey(bytes.readUInt32BE(108)),
    },
    ...{ payload: bytes.readUInt32BE(104) * SECTOR, sectorSize: SECTOR },
  };
}
