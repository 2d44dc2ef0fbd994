import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EfiSigner } from '../domain/efi-signer.ts';
import { usageError } from '../domain/errors.ts';
import type { ImageDisk } from '../domain/image-config/disk.ts';

/** What every UEFI firmware knows. */
const LEAST_BITS = 2048;

/**
 * The key that a disk's programs for UEFI are signed with, read and checked; undefined where none is named. The key
 * stays in this process: no program, log or file gets it. Throws `SECURE_BOOT_KEY` for what firmware would not take.
 */
export async function efiSigner({
  secureBoot,
}: Pick<ImageDisk, 'secureBoot'>): Promise<EfiSigner | undefined> {
  if (secureBoot === undefined) return undefined;
  const certificate = readCertificate(await readFile(secureBoot.certificate), secureBoot.certificate);
  const key = readKey(await readFile(secureBoot.key), secureBoot.key);
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_BITS) {
    throw keyError(`${secureBoot.key} is no RSA key of at least ${LEAST_BITS} bits`);
  }
  if (!certificate.checkPrivateKey(key)) {
    throw keyError(`${secureBoot.certificate} is not the certificate of ${secureBoot.key}`);
  }
  return { certificate: certificate.raw, sign: (bytes) => sign('sha256', bytes, key) };
}

function readCertificate(bytes: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw keyError(`${path} is no X.509 certificate`);
  }
}

/** What Node says of a key is left out. */
function readKey(bytes: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(bytes);
  } catch {
    throw keyError(`${path} is no private key in PEM, or it has a passphrase`);
  }
}

function keyError(message: string): Error {
  return usageError('SECURE_BOOT_KEY', message, {
    hint: 'Make both: openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=me -keyout key.pem -out cert.pem',
  });
}
