import { defaultFormats, otherDiskFormats } from '../domain/image-format.ts';
import { USR } from '../domain/image-mounts.ts';
import type { ImageSource } from './image-schema.ts';

/** Where something stands in a configuration. */
export type Path = readonly PropertyKey[];
export type DiskSource = NonNullable<ImageSource['disk']>;
type PartitionSource = NonNullable<DiskSource['partitions']>[number];
/** Takes what is wrong at a place. */
export type Tell = (path: Path, message: string) => void;

/** What firmware, GRUB and an initramfs look for: they know the disk that the machine starts from. */
const WANTED_FIRST: readonly string[] = ['/', '/boot', '/boot/efi', USR];

/** Further disks have nothing of what only the one has that the machine starts from. */
export function checkOtherDisks(
  { otherDisks = [], formats, otherArtifacts = [] }: ImageSource,
  tell: Tell,
): void {
  if (otherDisks.length === 0) return;
  const usual: readonly string[] = formats ?? defaultFormats;
  const isOva = (format: string): boolean => format === 'ova' || format.startsWith('ova.');
  const what = 'an ova has one disk, and the image has more: take vmdk-stream';
  if (usual.some(isOva)) tell(['formats', usual.findIndex(isOva)], what);
  const other = otherArtifacts.findIndex(({ format }) => isOva(format));
  if (other >= 0) tell(['otherArtifacts', other, 'format'], what);
  for (const [
    index,
    { partitions = [], formats: own = usual, otherArtifacts: named = [] },
  ] of otherDisks.entries()) {
    const at = ['otherDisks', index];
    const emits = named.length > 0 || otherDiskFormats.some((format) => own.includes(format));
    if (!emits && partitions.every(({ artifacts = [] }) => artifacts.length === 0)) {
      tell(at, 'nothing is emitted of this disk: name its formats');
    }
    for (const [number, { id, mount, grow, encrypted }] of partitions.entries()) {
      const place = [...at, 'partitions', number];
      if (mount !== undefined && WANTED_FIRST.includes(mount)) {
        const what = mount === '/' ? 'the root' : mount;
        tell([...place, 'mount'], `'${id}' cannot be ${what}: that is on the first disk`);
      }
      if (grow === true)
        tell([...place, 'grow'], `'${id}' cannot grow: only partitions of the first disk do`);
      if (encrypted === true)
        tell([...place, 'encrypted'], `'${id}' is not encrypted: only partitions of the first disk are`);
    }
  }
}

/** What tells how a partition differs wants to know from what. */
export function checkDeltas(partition: PartitionSource, at: Path, tell: Tell): void {
  const { id, artifacts = [], fileSystem } = partition;
  for (const [kind, key] of [
    ['rdiff', 'rdiffBase'],
    ['diff', 'overlayBase'],
  ] as const) {
    const index = artifacts.findIndex(({ format }) => format.startsWith(kind));
    if (index < 0) continue;
    const place = [...at, 'artifacts', index, 'format'];
    if (partition[key] === undefined) {
      tell(place, `'${id}' has no ${key}, the partition that this is the difference to`);
    }
    if (kind === 'diff' && (fileSystem === undefined || fileSystem === 'swap')) {
      tell(place, `'${id}' has no files that could differ`);
    }
  }
}
