import { createHash } from 'node:crypto';
import type { EfiSigner } from '../../domain/efi-signer.ts';
import { roundUp } from '../../domain/round.ts';
import { type ProgramPlaces, programPlaces } from './program.ts';
import { signedProgram } from './signed-data.ts';

/** WIN_CERTIFICATE: length, revision 2.0, PKCS #7. */
const REVISION = 0x0200;
const PKCS_SIGNED_DATA = 0x0002;
const HEADER = 8;
const ALIGNMENT = 8;

/**
 * An EFI program with a signature of it. Signatures that it has already stay. The same program, key and certificate
 * give the same bytes: there is no signing time. Throws `EFI_PROGRAM`.
 * Source: Microsoft, Windows Authenticode Portable Executable Signature Format; UEFI 2.10, 32.2.4.
 */
export function signProgram(program: Buffer, signer: EfiSigner): Buffer {
  const places = programPlaces(program);
  const body = bodyOf(program, places);
  const signature = signedProgram(imageDigest(program), signer);
  const before = program.subarray(places.certificates);
  const entry = Buffer.alloc(roundUp(HEADER + signature.length, ALIGNMENT));
  entry.writeUInt32LE(HEADER + signature.length, 0);
  entry.writeUInt16LE(REVISION, 4);
  entry.writeUInt16LE(PKCS_SIGNED_DATA, 6);
  entry.set(signature, HEADER);
  const whole = Buffer.concat([body, before, entry]);
  // Drivers of Windows only are refused for a wrong checksum; 0 is none.
  whole.writeUInt32LE(0, places.checksum);
  whole.writeUInt32LE(body.length, places.directory);
  whole.writeUInt32LE(before.length + entry.length, places.directory + 4);
  return whole;
}

/** SHA-256 of a program without its checksum and signatures, as firmware knows it. Throws `EFI_PROGRAM`. */
export function imageDigest(program: Buffer): Buffer {
  const places = programPlaces(program);
  const { checksum, directory } = places;
  const body = bodyOf(program, places);
  return createHash('sha256')
    .update(body.subarray(0, checksum))
    .update(body.subarray(checksum + 4, directory))
    .update(body.subarray(directory + 8))
    .digest();
}

/** Signatures begin at a multiple of 8; what is padded with counts. */
function bodyOf(program: Buffer, { certificates }: ProgramPlaces): Buffer {
  const padding = Buffer.alloc(roundUp(certificates, ALIGNMENT) - certificates);
  return Buffer.concat([program.subarray(0, certificates), padding]);
}
