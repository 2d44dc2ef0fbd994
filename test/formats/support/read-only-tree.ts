import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import { manifestLine } from '../../../toolkit/domain/image-manifest.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import type { ReadFiles } from '../../../toolkit/formats/read-files.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';

const LINES = Buffer.from(Array.from({ length: 3000 }, (_, line) => `line ${line % 97}\n`).join(''));
/** Nothing packs them. */
const NOISE = Buffer.from(Array.from({ length: 5000 }, (_, at) => (Math.imul(at, 2654435761) >>> 13) & 255));
const FILES: Readonly<Record<string, Buffer>> = {
  'z-lines': LINES,
  'z-mixed': Buffer.concat([LINES.subarray(0, 9000), NOISE, LINES.subarray(0, 700)]),
  'z-noise': NOISE,
  'z-zeros': Buffer.alloc(300_000),
};

/** The odd tree, and files that take several blocks. */
export const readOnlyEntries: readonly ManifestEntry[] = [
  ...oddEntries,
  ...Object.entries(FILES).map(
    ([path, { length }]): ManifestEntry => ({
      ...{ path: Buffer.from(path), type: 'file', mode: 0o644, uid: 0, gid: 0 },
      ...{ mtime: 1_600_000_000, size: length, xattrs: [] },
    }),
  ),
];

export function readOnlyBytes(entry: ManifestEntry): Buffer {
  return FILES[latin1Text(entry.path)] ?? Buffer.from(oddText(entry));
}

/** What a file system that was read has: each entry as one line, and what is in it. */
export async function toldTree({ entries, content }: ReadFiles): Promise<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for (const entry of entries) {
    all.push(told(entry, entry.type === 'file' ? await buffer(content(entry)) : undefined));
  }
  return all;
}

/** The same of the tree above; `drops` are attributes that a file system does not hold. */
export function expectedTree(...drops: readonly string[]): readonly (readonly string[])[] {
  return readOnlyEntries.map((entry) => {
    const xattrs = entry.xattrs.filter(({ name }) => !drops.includes(name));
    return told({ ...entry, xattrs }, entry.type === 'file' ? readOnlyBytes(entry) : undefined);
  });
}

function told({ sha256: _, ...entry }: ManifestEntry, bytes: Buffer | undefined): readonly string[] {
  const content = bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex');
  return [manifestLine(entry), content];
}
