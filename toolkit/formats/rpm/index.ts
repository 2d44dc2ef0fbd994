import type { RpmPackage } from '../../domain/package.ts';
import type { ByteSource } from '../source.ts';
import { type RpmFile, readFiles } from './files.ts';
import { toRpmPackage } from './package.ts';
import { readRpmHeaders } from './read.ts';

export { type RpmFile, readFiles } from './files.ts';
export { toRpmPackage } from './package.ts';
export { readPayload } from './payload.ts';
export { parseDatabaseHeader, type RpmHeaders, readRpmHeaders } from './read.ts';
export { splitEvr } from './relations.ts';
export { TAG, tagName } from './tags.ts';

/** What an RPM file's header says about its package. Errors: as `readRpmHeaders`. */
export async function readRpmHeader(read: ByteSource): Promise<RpmPackage> {
  return toRpmPackage(await readRpmHeaders(read));
}

/** What an RPM file's header says about each of its files, in the header's order (sorted by path). */
export async function readRpmFiles(read: ByteSource): Promise<RpmFile[]> {
  return readFiles((await readRpmHeaders(read)).main);
}
