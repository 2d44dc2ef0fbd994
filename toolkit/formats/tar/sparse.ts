import type { ManifestEntry } from '../../domain/manifest.ts';
import type { DataRun } from '../../domain/zero-runs.ts';
import type { PaxRecord } from './pax.ts';
import { BLOCK_SIZE, blockPadding, USTAR_LIMITS } from './ustar.ts';

/** Bytes of holes from which on a file has a map of them: programs that cannot read one are bothered for that only. */
export const LEAST_HOLES = 16 << 20;
/** Where programs that know no maps put what they extract. */
const FOLDER = 'GNUSparseFile.0/';

/** A file of which only what is no hole is in the archive. */
export interface SparseFile {
  readonly runs: readonly DataRun[];
  /** The map, whole blocks: what stands in the archive before the runs, and counts as content. */
  readonly map: Buffer;
  /** Bytes that the entry has in the archive: map and runs. */
  readonly stored: number;
}

/**
 * How a file with large holes is written; undefined for any other entry. Source: GNU tar's manual, "Storing Sparse
 * Files", PAX format 1.0.
 */
export function sparseFile({ type, size, data }: ManifestEntry): SparseFile | undefined {
  if (type !== 'file' || data === undefined) return undefined;
  const bytes = data.reduce((sum, { length }) => sum + length, 0);
  // GNU tar fills each run up to a block and libarchive does not: they agree where there is nothing to fill.
  const inBlocks = data.every(({ offset, length }) => length % BLOCK_SIZE === 0 || offset + length === size);
  if (!inBlocks || size - bytes < LEAST_HOLES) return undefined;
  const last = data.at(-1);
  // A hole at the end is told by a run of nothing there.
  const mapped =
    last !== undefined && last.offset + last.length === size ? data : [...data, { offset: size, length: 0 }];
  const numbers = [mapped.length, ...mapped.flatMap(({ offset, length }) => [offset, length])];
  const text = Buffer.from(numbers.map((number) => `${number}\n`).join(''));
  const map = Buffer.concat([text, Buffer.alloc(blockPadding(text.length))]);
  return { runs: data, map, stored: map.length + bytes };
}

/** What the PAX header of such a file says, beside its stored size. */
export function sparseRecords(path: Buffer, size: number): PaxRecord[] {
  return [
    { keyword: 'GNU.sparse.major', value: Buffer.from('1') },
    { keyword: 'GNU.sparse.minor', value: Buffer.from('0') },
    { keyword: 'GNU.sparse.name', value: path },
    { keyword: 'GNU.sparse.realsize', value: Buffer.from(String(size)) },
  ];
}

/** The name in the ustar header, which only programs see that know no maps: in ASCII, as much of it as fits. */
export function sparseName(path: Buffer): Buffer {
  const name = path.subarray(path.lastIndexOf('/') + 1).toString('latin1');
  return Buffer.from(`${FOLDER}${name.replace(/[^ -~]/g, '_')}`).subarray(0, USTAR_LIMITS.name);
}
