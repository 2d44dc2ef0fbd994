import { HASHED_ROOTS, type VerityRole } from '../domain/image-partitions.ts';
import { USR_DEVICE, USR_NAME } from '../domain/image-verity.ts';
import type { DiskSource, Path, Tell } from './image-check-disks.ts';
import type { ImageSource } from './image-schema.ts';

interface Checked {
  readonly role: VerityRole;
  readonly key: 'verity' | 'usrVerity';
  readonly mount: string;
  /** Type of the partition with its hashes. */
  readonly type: string;
  /** In words. */
  readonly what: string;
}

const CHECKED: readonly Checked[] = [
  { role: 'root', key: 'verity', mount: '/', type: 'linux-root-verity-amd64', what: 'root' },
  { role: 'usr', key: 'usrVerity', mount: '/usr', type: 'linux-usr-verity-amd64', what: '/usr' },
];

/** What a dm-verity root, and such a /usr, can be. */
export function checkVerity(disk: DiskSource, at: Path, tell: Tell): void {
  for (const checked of CHECKED) checkOne(checked, disk, at, tell);
  if (disk.verity !== undefined && disk.encryption !== undefined) {
    tell([...at, 'verity'], 'a root is either encrypted or of dm-verity');
  }
  if (disk.usrVerity !== undefined && disk.verity?.name === USR_NAME) {
    tell([...at, 'verity', 'name'], `${USR_DEVICE} is the verified /usr: give the root another name`);
  }
}

/** What a medium installs has nothing beside the root that is verified. */
export function checkInstalledVerity({ disk, installer }: ImageSource, tell: Tell): void {
  if (installer === undefined || disk?.usrVerity === undefined) return;
  tell(['disk', 'usrVerity'], 'an installer has /usr in the root');
}

/** An image that is made anew has no partitions but those that are said. */
export function checkUsrPartition({ disk = {}, installer }: ImageSource, tell: Tell): void {
  const { usrVerity, partitions = [] } = disk;
  if (usrVerity === undefined || partitions.length > 0 || installer !== undefined) return;
  tell(['disk', 'usrVerity'], 'no partition is mounted at /usr: give disk.partitions one');
}

function checkOne(checked: Checked, disk: DiskSource, at: Path, tell: Tell): void {
  const { key, mount, type, what } = checked;
  const { secureBoot, table, boot, partitions = [] } = disk;
  const verity = disk[key];
  if (verity === undefined) return;
  const signed = [...at, key, 'signed'];
  if (verity.signed === true && secureBoot === undefined) {
    tell(signed, 'the root hash is signed with the key of disk.secureBoot: name one');
  }
  if (verity.signed === true && boot !== 'uefi') {
    tell(signed, 'the kernel has the keys that it trusts from UEFI: say boot: uefi');
  }
  if (table === 'mbr') tell([...at, key], 'dm-verity wants a GPT');
  if (boot === 'none') tell([...at, key], 'nothing of this disk could hold the root hash: say boot');
  if (mount !== '/' && partitions.length > 0 && !partitions.some((one) => one.mount === mount)) {
    tell([...at, key], `no partition is mounted at ${mount}`);
  }
  const hasHashes = partitions.some((partition) => partition.type === type);
  for (const [index, partition] of partitions.entries()) {
    const { id, fileSystem = '', grow } = partition;
    const place = [...at, 'partitions', index];
    if (grow === true && !hasHashes) {
      tell([...place, 'grow'], `the hashes of the ${what} come behind it: give them a partition before it`);
    }
    if (partition.type === type) {
      if (fileSystem !== '') {
        tell([...place, 'fileSystem'], `'${id}' is for the hashes of the ${what}: it has no file system`);
      }
      if (verity.hashBy === 'partlabel') checkLabel(partition, [...at, key, 'hashBy'], tell);
    }
    if (partition.mount !== mount) continue;
    if (!HASHED_ROOTS.some((one) => one === fileSystem)) {
      tell([...place, 'fileSystem'], `a dm-verity ${what} is one of ${HASHED_ROOTS.join(', ')}`);
    }
    if (grow === true) tell([...place, 'grow'], `a dm-verity ${what} is read-only: it cannot grow`);
    if (verity.dataBy === 'partlabel') checkLabel(partition, [...at, key, 'dataBy'], tell);
    if (verity.dataBy === 'uuid' && fileSystem === 'squashfs') {
      tell([...at, key, 'dataBy'], 'a squashfs has no uuid: say partuuid');
    }
  }
}

/** The command line of the kernel has spaces between words, and commas between devices. */
function checkLabel(
  { id, name = '' }: { readonly id: string; readonly name?: string | undefined },
  at: Path,
  tell: Tell,
): void {
  if (name === '') tell(at, `'${id}' has no name to be found by`);
  else if (/[\s"'\\,]/.test(name))
    tell(at, `nothing is found by a name with spaces, quotes or commas: '${id}'`);
}
