import { createHash } from 'node:crypto';
import { type ByteSource, readExactly } from '../source.ts';
import { HEADER_INTRO_SIZE, headerBodySize, invalidHeader, parseHeaderIntro, RpmHeader } from './header.ts';
import { SIGNATURE_TAG } from './tags.ts';

/** Both headers of an RPM file, and where the main one lies. */
export interface RpmHeaders {
  readonly signature: RpmHeader;
  readonly main: RpmHeader;
  /** Bytes from `start` up to `end` are the main header; the payload starts at `end`. */
  readonly headerRange: { readonly start: number; readonly end: number };
}

const LEAD_SIZE = 96;
const LEAD_MAGIC = Buffer.from('edabeedb', 'hex');
/** As rpm's lib/header.c and lib/package.c limit them. */
const SIGNATURE_LIMITS = { entryCount: 32, storeSize: 64 * 1024 * 1024 };
const MAIN_LIMITS = { entryCount: 0xffff, storeSize: 256 * 1024 * 1024 };

/**
 * Reads lead, signature header and main header of an RPM file (format 3 and 4), nothing of its payload.
 * The main header is checked against the SHA-256 in the signature header where there is one (a check
 * against damage: it is not a signature). Throws `RPM_TRUNCATED` or `RPM_INVALID`.
 * Source: rpm docs/manual/format_v4.md.
 */
export async function readRpmHeaders(read: ByteSource): Promise<RpmHeaders> {
  const start = await readExactly(read, 0, LEAD_SIZE + HEADER_INTRO_SIZE, 'RPM', 'RPM_TRUNCATED');
  if (!start.subarray(0, 4).equals(LEAD_MAGIC)) {
    throw invalidHeader('the file does not start with an RPM lead');
  }
  const signatureIntro = parseHeaderIntro(start.subarray(LEAD_SIZE), SIGNATURE_LIMITS);
  const signatureAt = LEAD_SIZE + HEADER_INTRO_SIZE;
  const signatureSize = headerBodySize(signatureIntro);
  const mainStart = signatureAt + signatureSize + (-signatureIntro.storeSize & 7);
  const rest = await readExactly(
    read,
    signatureAt,
    mainStart + HEADER_INTRO_SIZE - signatureAt,
    'RPM',
    'RPM_TRUNCATED',
  );
  const intro = rest.subarray(rest.length - HEADER_INTRO_SIZE);
  const mainIntro = parseHeaderIntro(intro, MAIN_LIMITS);
  const mainSize = headerBodySize(mainIntro);
  const bodyAt = mainStart + HEADER_INTRO_SIZE;
  const body = await readExactly(read, bodyAt, mainSize, 'RPM', 'RPM_TRUNCATED');
  const signature = new RpmHeader(signatureIntro, rest.subarray(0, signatureSize));
  checkDigest(signature, intro, body);
  return {
    signature,
    main: new RpmHeader(mainIntro, body),
    headerRange: { start: mainStart, end: bodyAt + mainSize },
  };
}

/** A header as rpm's database has it: without magic, tags of the signature among the others. Throws `RPM_INVALID`. */
export function parseDatabaseHeader(bytes: Buffer): RpmHeader {
  if (bytes.length < 8) throw invalidHeader('it is cut short');
  const intro = { entryCount: bytes.readUInt32BE(0), storeSize: bytes.readUInt32BE(4) };
  if (headerBodySize(intro) !== bytes.length - 8) {
    throw invalidHeader(`${bytes.length} bytes are not what its first ones say`);
  }
  return new RpmHeader(intro, bytes.subarray(8));
}

function checkDigest(signature: RpmHeader, intro: Buffer, body: Buffer): void {
  const expected = signature.has(SIGNATURE_TAG.headerSha256)
    ? signature.string(SIGNATURE_TAG.headerSha256)
    : undefined;
  if (expected === undefined) {
    return;
  }
  const actual = createHash('sha256').update(intro).update(body).digest('hex');
  if (actual !== expected) {
    throw invalidHeader(`its SHA-256 is ${actual}, the signature header says ${expected}`);
  }
}
