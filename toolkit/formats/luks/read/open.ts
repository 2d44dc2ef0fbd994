import { roundDown, roundUp } from '../../../domain/round.ts';
import { type ByteSource, readExactly, readWithin } from '../../source.ts';
import { decryptSectors } from '../payload.ts';
import { type LuksContainer, openKeyslot } from './container.ts';
import { damaged, unsupported, wrongPassphrase } from './errors.ts';
import { LUKS1_HEADER, parseLuks1 } from './luks1.ts';
import { luks2HeaderSize, parseLuks2 } from './luks2.ts';

const MAGIC = 'LUKS\xba\xbe';
const SECTOR = 512;

/** A container that was opened. */
export interface OpenedLuks {
  readonly type: 'luks1' | 'luks2';
  readonly uuid: string;
  /** What is in it, from its beginning on. */
  readonly read: ByteSource;
  /** Bytes of that. */
  readonly size: number;
}

/** Whether what a partition begins with is the header of a container. */
export function isLuks(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
}

/**
 * Opens the LUKS container of `size` bytes that begins `start` bytes into a source: AES in XTS, by the first keyslot that
 * the passphrase opens. Throws `LUKS_PASSPHRASE` where none is, `LUKS_DAMAGED`, and `LUKS_UNSUPPORTED` with what is not known.
 */
export async function openLuks(
  source: ByteSource,
  start: number,
  size: number,
  passphrase: Uint8Array,
): Promise<OpenedLuks> {
  const from = async (offset: number, length: number): Promise<Buffer> =>
    await readExactly(source, start + offset, length, 'LUKS', 'LUKS_DAMAGED');
  const read = readWithin(from, size, damaged);
  const container = await readContainer(read);
  const { type, uuid, keyslots, digest, payload, sectorSize } = container;
  if (payload > size) throw damaged('its payload is behind its end');
  for (const keyslot of keyslots) {
    const key = await openKeyslot(keyslot, digest, passphrase, read);
    if (key === undefined) continue;
    const inside = roundDown(size - payload, sectorSize);
    return { type, uuid, size: inside, read: decrypted(read, key, container, inside) };
  }
  throw wrongPassphrase();
}

async function readContainer(
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<LuksContainer> {
  const head = await read(0, LUKS1_HEADER);
  const version = head.readUInt16BE(6);
  if (version === 1) return parseLuks1(head);
  if (version === 2) return parseLuks2(await read(0, luks2HeaderSize(head)));
  throw unsupported(`its version ${version} is not known`);
}

/** Whole sectors are read: what is asked for may lie anywhere. */
function decrypted(
  read: (offset: number, length: number) => Promise<Buffer>,
  key: Uint8Array,
  { payload, sectorSize }: LuksContainer,
  size: number,
): ByteSource {
  return async (offset, length) => {
    const end = Math.min(offset + length, size);
    if (end <= offset) return Buffer.alloc(0);
    const from = roundDown(offset, sectorSize);
    const bytes = await read(payload + from, roundUp(end - from, sectorSize));
    return decryptSectors(bytes, key, from / SECTOR, sectorSize).subarray(offset - from, end - from);
  };
}
