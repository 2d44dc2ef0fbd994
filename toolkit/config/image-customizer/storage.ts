import { type Draft, some } from '../image-original/draft.ts';
import type { CustomizerConfig } from './schema.ts';
import { bytesOfSize } from './storage-schema.ts';

type Storage = NonNullable<CustomizerConfig['storage']>;
type Partition = NonNullable<NonNullable<Storage['disks']>[number]['partitions']>[number];
type FileSystem = NonNullable<Storage['filesystems']>[number];
type Verity = NonNullable<Storage['verity']>[number];
type Path = readonly PropertyKey[];

const BOOT: Readonly<Record<string, string>> = { efi: 'uefi', legacy: 'bios' };
/** Names of the Discoverable Partitions Specification as ours; flags and GUIDs stay. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ home: 'linux-home', 'linux-generic': 'linux', root: 'linux-root-amd64' },
  ...{ 'root-verity': 'linux-root-verity-amd64', srv: 'linux-srv', swap: 'linux-swap', tmp: 'linux-tmp' },
  ...{ usr: 'linux-usr-amd64', 'usr-verity': 'linux-usr-verity-amd64', var: 'linux-var' },
};
const MOUNT_BY: Readonly<Record<string, string>> = {
  ...{ uuid: 'uuid', 'part-uuid': 'partuuid', 'part-label': 'partlabel' },
};

/** Disk, partitions and what is mounted. */
export function translateStorage(storage: Storage, draft: Draft): void {
  const [disk] = storage.disks ?? [];
  draft.set(['disk', 'boot'], BOOT[storage.bootType ?? ''], ['storage', 'bootType']);
  translateVerity(storage, draft);
  if (disk === undefined) return;
  const from = ['storage', 'disks', 0];
  draft.set(['disk', 'table'], some(disk.partitionTableType), [...from, 'partitionTableType']);
  draft.set(['disk', 'size'], sizeOf(disk.maxSize), [...from, 'maxSize']);
  const partitions = disk.partitions ?? [];
  for (const [index, partition] of partitions.entries()) {
    const to = ['disk', 'partitions', index];
    const isLast = index === partitions.length - 1;
    translatePartition(partition, isLast, [...from, 'partitions', index], to, draft);
    const verity = storage.verity?.find(({ dataDeviceId }) => dataDeviceId === partition.id);
    for (const [number, fileSystem] of (storage.filesystems ?? []).entries()) {
      if (fileSystem.deviceId !== (verity?.id ?? partition.id)) continue;
      translateFileSystem(fileSystem, ['storage', 'filesystems', number], to, draft);
    }
  }
}

/** What is mounted has the file system of the dm-verity device; the hashes are told by the type of their partition. */
function translateVerity({ verity = [], disks = [] }: Storage, draft: Draft): void {
  for (const [index, one] of verity.entries()) {
    const from = ['storage', 'verity', index];
    const isRoot = one.name === 'root';
    const to = ['disk', isRoot ? 'verity' : 'usrVerity'];
    const set = (key: string, value: unknown, source: keyof Verity): void =>
      draft.set([...to, key], value, [...from, source]);
    draft.set(to, {}, from);
    if (isRoot) set('name', one.name, 'name');
    set('onCorruption', some(one.corruptionOption), 'corruptionOption');
    set('dataBy', MOUNT_BY[one.dataDeviceMountIdType ?? ''], 'dataDeviceMountIdType');
    set('hashBy', MOUNT_BY[one.hashDeviceMountIdType ?? ''], 'hashDeviceMountIdType');
    const own = ['base', 'verityPartitions', one.name];
    draft.set([...own, 'data'], one.dataDevice?.id, [...from, 'dataDevice', 'id']);
    draft.set([...own, 'hashes'], one.hashDevice?.id, [...from, 'hashDevice', 'id']);
    const hashes = disks[0]?.partitions?.findIndex(({ id }) => id === one.hashDeviceId) ?? -1;
    if (hashes < 0) continue;
    const type = TYPES[`${one.name}-verity`];
    draft.set(['disk', 'partitions', hashes, 'type'], type, [...from, 'hashDeviceId']);
  }
}

/** What of dm-verity devices is wrong, or not made: the root and /usr are such, each beside its hashes. */
export function verityProblems({ verity = [], filesystems = [], disks = [] }: Storage): {
  readonly path: Path;
  readonly message: string;
}[] {
  const ids = (disks[0]?.partitions ?? []).map(({ id }) => id);
  return verity.flatMap((one: Verity, index) => {
    const at = ['storage', 'verity', index];
    const tell = (key: keyof Verity, message: string) => [{ path: [...at, key], message }];
    if (verity.findIndex(({ name }) => name === one.name) !== index) {
      return tell('name', `another dm-verity device has the name '${one.name}'`);
    }
    const { dataDeviceId = '', hashDeviceId = '', dataDevice, hashDevice } = one;
    if (dataDevice !== undefined || hashDevice !== undefined) {
      if (disks.length > 0) return tell('id', 'of new partitions say dataDeviceId and hashDeviceId');
      if (dataDevice === undefined) return tell('hashDevice', 'give dataDevice too');
      return hashDevice === undefined ? tell('dataDevice', 'give hashDevice too') : [];
    }
    if (!ids.includes(dataDeviceId)) return tell('dataDeviceId', noPartition(dataDeviceId, ids));
    if (!ids.includes(hashDeviceId)) return tell('hashDeviceId', noPartition(hashDeviceId, ids));
    if (dataDeviceId === hashDeviceId) {
      return tell(
        'hashDeviceId',
        'hashes within the partition of the data are not made: give them another one',
      );
    }
    const mount = filesystems.find(({ deviceId }) => deviceId === one.id)?.mountPoint;
    const path = typeof mount === 'string' ? mount : mount?.path;
    const wanted = one.name === 'root' ? '/' : '/usr';
    return path === wanted
      ? []
      : tell('id', `the device '${one.name}' is for what storage.filesystems mounts at ${wanted}`);
  });
}

function noPartition(id: string, ids: readonly string[]): string {
  const known = ids.length === 0 ? 'give storage.disks its partitions' : `say one of ${ids.join(', ')}`;
  return `there is no partition '${id}': ${known}`;
}

function translatePartition(
  { id, label, start, end, size, type }: Partition,
  isLast: boolean,
  from: Path,
  to: Path,
  draft: Draft,
): void {
  const set = draft.setter(to, from);
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
