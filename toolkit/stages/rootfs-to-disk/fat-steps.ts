import { usageError } from '../../domain/errors.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { Volume } from '../../domain/layout.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { withArticle } from '../../domain/text.ts';
import { DISK, IN, WORK } from './places.ts';

const SECTOR = 512;
const MIB = 1024 ** 2;

interface FatContent {
  /** The tree of the partition. */
  readonly entries: readonly ManifestEntry[];
  /** Files of the sandbox with their paths in the file system; they take the place of the tree's. */
  readonly files: readonly (readonly [string, string])[];
}

/**
 * Makes a FAT file system in the disk and fills it, always in the same order. Throws `IMAGE_FAT` for what it
 * cannot hold: other owners than root, links, devices, attributes, names.
 */
export function fatSteps(volume: Volume, { entries, files }: FatContent, epoch: number): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  const drive = `${DISK}@@${volume.offset}`;
  const { mount = '', label, id } = volume.partition;
  for (const entry of entries) checkEntry(entry, id);
  checkCase(entries, id);
  const taken = new Set(files.map(([, to]) => to.toLowerCase()));
  const paths = entries
    .filter(({ type, path }) => type === 'file' && !taken.has(`/${textOf(path)}`.toLowerCase()))
    .map(({ path }) => textOf(path));
  const folders = foldersOf(entries, files);
  const tree = `${WORK}/tree-${volume.number}`;
  const unpack: Step[] =
    paths.length === 0
      ? []
      : [
          { argv: ['mkdir', tree] },
          { argv: ['tar', '-xf', `${IN}/rootfs.tar`, '--no-same-owner', '-C', tree, mount.slice(1)] },
        ];
  const copied = [
    ...files.map(([from, to]) => ({ from, to, options: [] as string[] })),
    ...paths.map((path) => ({ from: `${tree}${mount}/${path}`, to: `/${path}`, options: ['-m'] })),
  ];
  return [
    ...unpack,
    {
      argv: [
        ...(['mformat', '-i', drive, ...kindOptions(volume), '-N', serialOf(volume)] as const),
        ...(label === undefined ? [] : ['-v', label]),
        ...[...geometryOptions(volume), '::'],
      ],
      env,
    },
    ...(folders.length === 0
      ? []
      : [{ argv: ['mmd', '-i', drive, ...folders.map((path) => `::${path}`)], env } satisfies Step]),
    ...copied.map(
      ({ from, to, options }): Step => ({ argv: ['mcopy', ...options, '-i', drive, from, `::${to}`], env }),
    ),
  ];
}

/** FAT32 where a partition is large enough for it; `fat16` and `fat32` whatever its size is. */
function kindOptions({ partition: { fileSystem }, size }: Volume): string[] {
  if (fileSystem === 'fat32') return ['-F'];
  return fileSystem === 'vfat' && size >= 34 * MIB ? ['-F'] : [];
}

function geometryOptions(volume: Volume): string[] {
  const { offset, size } = volume;
  return [
    ...['-T', String(size / SECTOR), '-H', String(offset / SECTOR), '-h', '255', '-s', '63'],
    ...['-c', String(clusterSectors(volume))],
  ];
}

/** FAT16 counts 65524 clusters; the larger a FAT32 is, the larger are its clusters, as mkfs.fat chooses them. */
function clusterSectors(volume: Volume): number {
  const { size } = volume;
  if (kindOptions(volume).length > 0) return size <= 512 * MIB ? 1 : size <= 8192 * MIB ? 8 : 32;
  let sectors = 1;
  while (size / SECTOR / sectors > 65_000) sectors *= 2;
  return sectors;
}

function serialOf({ uuid }: Volume): string {
  return uuid.replace('-', '');
}

/** Folders of the tree and of the files, each before what is in it. */
function foldersOf(entries: readonly ManifestEntry[], files: FatContent['files']): string[] {
  const folders = new Map<string, string>();
  const add = (path: string): void => {
    if (path !== '' && path !== '/') folders.set(path.toLowerCase(), folders.get(path.toLowerCase()) ?? path);
  };
  for (const [, to] of files) {
    for (let at = to.indexOf('/', 1); at > 0; at = to.indexOf('/', at + 1)) add(to.slice(0, at));
  }
  for (const { type, path } of entries) if (type === 'directory') add(`/${textOf(path)}`);
  return [...folders.values()];
}

function checkEntry({ type, path, uid, gid, xattrs }: ManifestEntry, id: string): void {
  const name = textOf(path);
  if (type !== 'file' && type !== 'directory') throw fatError(id, name, `is ${withArticle(type)}`);
  if (uid !== 0 || gid !== 0) throw fatError(id, name, 'does not belong to root');
  if (xattrs.length > 0) throw fatError(id, name, `has the attribute ${xattrs[0]!.name}`);
  if (!/^[\x20-\x7e]*$/.test(name) || /["*:<>?\\|]|[. ](?:\/|$)/.test(name)) {
    throw fatError(id, name, 'has a name that it does not know');
  }
}

function checkCase(entries: readonly ManifestEntry[], id: string): void {
  const seen = new Set<string>();
  for (const { path } of entries) {
    const name = textOf(path).toLowerCase();
    if (seen.has(name)) throw fatError(id, textOf(path), 'differs from another only in the case of letters');
    seen.add(name);
  }
}

function textOf(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1');
}

function fatError(id: string, path: string, what: string): Error {
  return usageError('IMAGE_FAT', `FAT cannot hold what is in partition '${id}': /${path} ${what}`, {
    hint: 'Give the partition another file system, such as ext4.',
  });
}
