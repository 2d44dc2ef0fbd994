import { readFile } from 'node:fs/promises';
import { usageError } from '../domain/errors.ts';
import type { ImageDisk } from '../domain/image-config/disk.ts';

/** What cryptsetup takes from a terminal. */
const MOST_BYTES = 512;

/**
 * What opens an encrypted root: the first line of its file; undefined where nothing is encrypted. It stays in this
 * process: no program, log, key or file gets it, not as a digest either. Throws `ENCRYPTION_PASSPHRASE` for what nobody
 * can type.
 */
export async function readPassphrase({
  encryption,
}: Pick<ImageDisk, 'encryption'>): Promise<Uint8Array | undefined> {
  if (encryption === undefined) return undefined;
  const { passphrase, passphraseFile } = encryption;
  if (passphrase !== undefined) return checked(Buffer.from(passphrase.reveal()), 'the passphrase');
  if (passphraseFile === undefined) return undefined;
  const text = await readFile(passphraseFile).catch((cause: unknown) => {
    throw usageError('ENCRYPTION_PASSPHRASE', `${passphraseFile}: it cannot be read`, {
      ...{ cause, hint: 'Correct disk.encryption.passphraseFile.' },
    });
  });
  return checked(text.at(-1) === 0x0a ? text.subarray(0, -1) : text, passphraseFile);
}

function checked(bytes: Buffer, where: string): Uint8Array {
  const isTypable = bytes.length > 0 && bytes.length <= MOST_BYTES && bytes.every((byte) => byte >= 0x20);
  if (isTypable && !bytes.includes(0x7f)) return bytes;
  throw usageError(
    'ENCRYPTION_PASSPHRASE',
    `${where}: a passphrase is one line of 1 to ${MOST_BYTES} bytes`,
    {
      hint: 'It is typed when the machine starts: control characters cannot be.',
    },
  );
}
