import type { RpmPackage } from '../../domain/package.ts';
import type { ByteSource } from '../source.ts';
import { type RpmFile, readFiles } from './files.ts';
import { RpmHeader } from './header.ts';
import { toRpmPackage } from './package.ts';
import { parseDatabaseHeader, readRpmHeaders } from './read.ts';

export { type RpmFile, readFiles } from './files.ts';
export { toRpmPackage } from './package.ts';
export { readPayload } from './payload.ts';
export { type RpmHeaders, readRpmHeaders } from './read.ts';
export { splitEvr } from './relations.ts';
export { TAG, tagName } from './tags.ts';

/** Of what is installed no signature header is left. */
const NO_HEADER = new RpmHeader({ entryCount: 0, storeSize: 0 }, Buffer.alloc(0));

/** What an RPM file's header says about its package. Errors: as `readRpmHeaders`. */
export async function readRpmHeader(read: ByteSource): Promise<RpmPackage> {
  return toRpmPackage(await readRpmHeaders(read));
}

/** What a header of rpm's database says about its package. Throws `RPM_INVALID`. */
export function readDatabasePackage(blob: Uint8Array): RpmPackage {
  const main = parseDatabaseHeader(Buffer.from(blob));
  return toRpmPackage({ main, signature: NO_HEADER, headerRange: { start: 0, end: 0 } });
}

/** What an RPM file's header says about each of its files, in the header's order (sorted by path). */
export async function readRpmFiles(read: ByteSource): Promise<RpmFile[]> {
  return readFiles((await readRpmHeaders(read)).main);
}
