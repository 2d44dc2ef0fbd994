import { buildError, usageError } from '../../../domain/errors.ts';

/** What cannot be, or has another checksum than it says. */
export function damaged(what: string): Error {
  return buildError('LUKS_DAMAGED', `LUKS: ${what}.`, { hint: 'Take another copy of the image.' });
}

/** What is whole, and not opened here. */
export function unsupported(what: string): Error {
  return buildError('LUKS_UNSUPPORTED', `LUKS: ${what}.`, { docs: 'docs/formats/luks.md' });
}

/** No keyslot is opened by it. */
export function wrongPassphrase(): Error {
  return usageError('LUKS_PASSPHRASE', 'the passphrase does not open the encrypted root of the image', {
    hint: 'Let disk.encryption.passphraseFile name a file with the one that it asks for when it starts.',
  });
}
