import type { ManifestEntry, ReadContent } from '../../../toolkit/domain/manifest.ts';
import { planXfs, writeXfs, type XfsOptions } from '../../../toolkit/formats/xfs/index.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { MIB, readEntry } from './ext4.ts';
import { entry } from './manifest.ts';
import { writeImage } from './write-image.ts';

export const XFS: XfsOptions = {
  size: 300 * MIB,
  uuid: '11111111-2222-3333-4444-555555555555',
  label: 'data',
  epoch: 1_700_000_000,
};

/** Writes a file system as a sparse file. */
export async function writeXfsImage(
  path: string,
  entries: readonly ManifestEntry[],
  options: Partial<XfsOptions> = {},
  read = readEntry,
): Promise<void> {
  const plan = planXfs(entries, { ...XFS, ...options });
  await writeImage(path, writeXfs(plan, read), plan.size);
}

const ODD = new Set(oddEntries);
const BLOCK = 4096;

/** A tree with all that XFS holds in a form of its own: folders, attributes, symlinks, extents. */
export function formsTree(many = 6000): ManifestEntry[] {
  const folder = (name: string, count: number, length = 20): ManifestEntry[] => [
    entry(name, 'directory'),
    ...Array.from({ length: count }, (_, at) =>
      entry(`${name}/${String(at).padStart(length, '-')}${'x'.repeat(at % 7)}`, 'file', {
        content: at % 100 === 0 ? String(at) : '',
      }),
    ),
  ];
  const runs = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ offset: at * 3 * BLOCK, length: BLOCK }));
  const xattrs = (count: number, size: number, space = 'user.') =>
    Array.from({ length: count }, (_, at) => ({
      name: `${space}${'n'.repeat(at % 40)}${at}`,
      value: Buffer.alloc(size, 65 + (at % 26)),
    }));
  const device = { major: 5, minor: 7 };
  const far = [...xattrs(3, 65_536), ...xattrs(2, 4040, 'security.'), ...xattrs(2, 5000, 'trusted.')];
  return [
    ...oddEntries,
    ...folder('zshort', 3),
    ...folder('zblock', 40),
    ...folder('zleaf', 400),
    ...folder('znode', 1500),
    ...folder('znodes', many, 60),
    entry('zattr-short', 'file', { xattrs: xattrs(4, 10) }),
    entry('zattr-most', 'file', { xattrs: xattrs(1, 255) }),
    entry('zattr-ima', 'file', { xattrs: xattrs(1, 265, 'security.ima') }),
    entry('zattr-leaf', 'file', { xattrs: xattrs(20, 100), content: 'x' }),
    entry('zattr-node', 'file', { xattrs: xattrs(300, 100) }),
    entry('zattr-nodes', 'directory', { xattrs: xattrs(1500, 2500) }),
    entry('zattr-far', 'file', { xattrs: [...far, ...xattrs(1, 0, 'user.empty')] }),
    entry('zattr-device', 'char', { device, xattrs: xattrs(1, 100, 'security.') }),
    entry('zattr-device-leaf', 'char', { device, xattrs: xattrs(10, 100, 'security.') }),
    entry('zattr-link', 'symlink', { target: 't'.repeat(300), xattrs: xattrs(1, 100, 'trusted.') }),
    entry('zlink-short', 'symlink', { target: 't'.repeat(336) }),
    entry('zlink-far', 'symlink', { target: 't'.repeat(1023) }),
    { ...entry('zsparse-tree', 'file'), size: 1000 * 3 * BLOCK + 5, data: runs(1000) },
    { ...entry('zsparse-trees', 'file'), size: 6000 * 3 * BLOCK, data: runs(6000) },
    { ...entry('zsparse-attr', 'file', { xattrs: xattrs(3, 60) }), size: 100 * 3 * BLOCK, data: runs(100) },
    {
      ...entry('zsparse-far', 'file'),
      size: 40 * 1024 ** 3,
      data: [{ offset: 30 * 1024 ** 3, length: MIB }],
    },
    { ...entry('zhole', 'file'), size: 3 * MIB, data: [] },
    { ...entry('zz', 'file'), size: 60 * MIB + 5 },
  ];
}

/** What is in files of that tree: of the large ones, in each block its number. */
export const readForm: ReadContent = (one, from, target) => {
  if (ODD.has(one)) {
    target.set(Buffer.from(oddText(one)).subarray(from, from + target.length));
    return;
  }
  if (one.size < BLOCK) return readEntry(one, from, target);
  for (let at = 0; at < target.length; ) {
    const block = Math.floor((from + at) / BLOCK);
    const end = Math.min(target.length, (block + 1) * BLOCK - from);
    target.fill(formByte(block), at, end);
    at = end;
  }
};

export function formByte(block: number): number {
  return 1 + (block % 251);
}
