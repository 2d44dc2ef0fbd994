import { type Draft, some } from '../image-original/draft.ts';
import type { CustomizerConfig } from './schema.ts';
import { bytesOfSize } from './storage-schema.ts';

type Storage = NonNullable<CustomizerConfig['storage']>;
type Partition = NonNullable<NonNullable<Storage['disks']>[number]['partitions']>[number];
type FileSystem = NonNullable<Storage['filesystems']>[number];
type Path = readonly PropertyKey[];

const BOOT: Readonly<Record<string, string>> = { efi: 'uefi', legacy: 'bios' };
/** Names of the Discoverable Partitions Specification as ours; flags and GUIDs stay. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ home: 'linux-home', 'linux-generic': 'linux', root: 'linux-root-amd64' },
  ...{ 'root-verity': 'linux-root-verity-amd64', srv: 'linux-srv', swap: 'linux-swap', tmp: 'linux-tmp' },
  ...{ usr: 'linux-usr-amd64', var: 'linux-var' },
};
const MOUNT_BY: Readonly<Record<string, string>> = {
  ...{ uuid: 'uuid', 'part-uuid': 'partuuid', 'part-label': 'partlabel' },
};

/** Disk, partitions and what is mounted. */
export function translateStorage(storage: Storage, draft: Draft): void {
  const [disk] = storage.disks ?? [];
  draft.set(['disk', 'boot'], BOOT[storage.bootType ?? ''], ['storage', 'bootType']);
  if (disk === undefined) return;
  const from = ['storage', 'disks', 0];
  draft.set(['disk', 'table'], some(disk.partitionTableType), [...from, 'partitionTableType']);
  draft.set(['disk', 'size'], sizeOf(disk.maxSize), [...from, 'maxSize']);
  const partitions = disk.partitions ?? [];
  for (const [index, partition] of partitions.entries()) {
    const to = ['disk', 'partitions', index];
    const isLast = index === partitions.length - 1;
    translatePartition(partition, isLast, [...from, 'partitions', index], to, draft);
    for (const [number, fileSystem] of (storage.filesystems ?? []).entries()) {
      if (fileSystem.deviceId !== partition.id) continue;
      translateFileSystem(fileSystem, ['storage', 'filesystems', number], to, draft);
    }
  }
}

function translatePartition(
  { id, label, start, end, size, type }: Partition,
  isLast: boolean,
  from: Path,
  to: Path,
  draft: Draft,
): void {
  const set = (key: string, value: unknown, source: string): void =>
    draft.set([...to, key], value, [...from, source]);
  set('id', id, 'id');
  set('name', some(label), 'label');
  if (type === 'esp' || type === 'bios-grub') set('flags', [type], 'type');
  else set('type', some(TYPES[type ?? ''] ?? type), 'type');
  set('start', sizeOf(start), 'start');
  if (end !== undefined) set('end', sizeOf(end), 'end');
  else set('size', size === 'grow' || (size === undefined && isLast) ? 'max' : sizeOf(size), 'size');
}

function translateFileSystem({ type, mountPoint }: FileSystem, from: Path, to: Path, draft: Draft): void {
  // `fat32` is only another name: the size of the partition tells which FAT it is.
  draft.set([...to, 'fileSystem'], some(type?.replace('fat32', 'vfat')), [...from, 'type']);
  const isPlain = typeof mountPoint === 'string';
  const { path, options, idType } = isPlain ? { path: mountPoint } : (mountPoint ?? {});
  const place = [...from, 'mountPoint'];
  draft.set([...to, 'mount'], some(path), isPlain ? place : [...place, 'path']);
  draft.set([...to, 'mountOptions'], some(options), [...place, 'options']);
  draft.set([...to, 'mountBy'], MOUNT_BY[idType ?? ''], [...place, 'idType']);
}

/** As our own form writes it: whole MiB. */
function sizeOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const mib = bytesOfSize(text) / 1024 ** 2;
  return mib === 0 ? '0' : `${mib}M`;
}
