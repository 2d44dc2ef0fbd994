import { luksName } from '../domain/image-encryption.ts';
import { holdsDisk, imageFormats } from '../domain/image-format.ts';
import { USR } from '../domain/image-mounts.ts';
import { isUnattended } from '../domain/installer/kickstart.ts';
import { hasEsp } from './image-check-boot.ts';
import type { DiskSource, Tell } from './image-check-disks.ts';
import type { ImageSource } from './image-schema.ts';

/** What our own writers fill a container with. Of 4096-byte sectors Linux mounts no XFS of 512-byte ones, as ours is. */
const ENCRYPTED = ['ext4', 'ext3', 'ext2', 'btrfs'];

/** What an encrypted root, and partitions beside it, can be. `hasPassphrase`: what opens them stands elsewhere. */
export function checkEncryption(source: ImageSource, hasPassphrase: boolean, tell: Tell): void {
  const { disk, installer, formats = [], otherArtifacts = [] } = source;
  const { encryption, boot, partitions = [] } = disk ?? {};
  checkInstalledEncryption(source, tell);
  checkEncryptedPartitions(disk ?? {}, tell);
  if (encryption === undefined || disk?.verity !== undefined) return;
  const at = ['disk', 'encryption'];
  if (encryption.passphraseFile === undefined && installer === undefined && !hasPassphrase) {
    tell(at, 'a passphraseFile is wanted, whose first line opens the root');
  }
  if (boot === 'none') tell(at, 'nothing of this disk could ask for the passphrase: say boot');
  const hasBoot = installer === undefined && partitions.some(({ mount }) => mount === '/boot');
  if (boot === 'bios' && partitions.length > 0 && !hasEsp(disk) && !hasBoot) {
    tell(
      at,
      'what asks for the passphrase lies in a partition with the flag esp, or at /boot, and there is none',
    );
  }
  if ([...formats, ...otherArtifacts.map(({ format }) => format)].some(isExt4)) {
    tell(at, 'an encrypted root is not emitted as ext4: say partitions');
  }
  for (const [index, { id, mount, fileSystem = '', grow, artifacts = [] }] of partitions.entries()) {
    if (mount !== '/') continue;
    const place = ['disk', 'partitions', index];
    if (!ENCRYPTED.includes(fileSystem)) {
      tell([...place, 'fileSystem'], `an encrypted root is one of ${ENCRYPTED.join(', ')}`);
    }
    if (grow === true) tell([...place, 'grow'], 'an encrypted root does not grow');
    if (artifacts.some(({ format }) => isExt4(format) || format.startsWith('diff'))) {
      tell([...place, 'artifacts'], `'${id}' is encrypted: it is emitted as raw`);
    }
  }
}

function isExt4(format: string): boolean {
  return format.replace(/(?:\.tar)?\.(?:gz|xz|zst)$/, '') === 'ext4';
}

/** What the passphrase of the root opens too: an initramfs has to know what for. */
function checkEncryptedPartitions({ encryption, usrVerity, partitions = [] }: DiskSource, tell: Tell): void {
  const names = new Set([luksName('/')]);
  for (const [index, partition] of partitions.entries()) {
    const { id, mount, encrypted, fileSystem = '', grow, artifacts = [] } = partition;
    if (encrypted !== true || mount === '/') continue;
    const place = ['disk', 'partitions', index];
    if (encryption === undefined) {
      tell([...place, 'encrypted'], 'it is opened by the passphrase of the root: say disk.encryption too');
    }
    if (fileSystem === 'swap') continue;
    if (!ENCRYPTED.includes(fileSystem)) {
      tell([...place, 'fileSystem'], `what is encrypted is swap, or one of ${ENCRYPTED.join(', ')}`);
    }
    if (mount === undefined)
      tell([...place, 'encrypted'], `nothing would open '${id}', which is mounted nowhere`);
    if (mount === USR && usrVerity !== undefined) {
      tell([...place, 'encrypted'], '/usr is either encrypted or of dm-verity');
    }
    if (grow === true) tell([...place, 'grow'], 'what is encrypted does not grow');
    if (artifacts.some(({ format }) => isExt4(format) || format.startsWith('diff'))) {
      tell([...place, 'artifacts'], `'${id}' is encrypted: it is emitted as raw`);
    }
    const name = luksName(mount ?? '');
    if (names.has(name)) tell([...place, 'mount'], `another opened partition is called ${name} too`);
    names.add(name);
  }
}

/** The container is made where it is installed: the medium has no disk with one. */
function checkInstalledEncryption(
  { disk, installer, formats = [], otherArtifacts = [] }: ImageSource,
  tell: Tell,
): void {
  if (installer === undefined) return;
  if (installer.systems !== undefined && installer.target !== undefined) {
    tell(['installer', 'systems'], 'only who is asked can choose a system: leave out target');
  }
  const { encryption, partitions = [] } = disk ?? {};
  const isOptional = installer.encryption === 'optional';
  const { target, kickstart = false } = installer;
  const isAttended = !isUnattended({ target, kickstart });
  if (isOptional && encryption === undefined) {
    tell(['installer', 'encryption'], 'it is disk.encryption that may be declined, and there is none');
  }
  if (isOptional && !isAttended) {
    tell(
      ['installer', 'encryption'],
      `only who is asked can decline: leave out ${installer.kickstart === true ? 'kickstart' : 'target'}`,
    );
  }
  if (encryption === undefined) return;
  if (isAttended && encryption.passphraseFile !== undefined) {
    const place = ['disk', 'encryption', 'passphraseFile'];
    tell(place, 'an installer that asks asks for the passphrase, too: leave it out');
  }
  const ofPartitions = partitions.flatMap(({ artifacts = [] }) => artifacts);
  const emitted = new Set<string>([
    ...formats,
    ...[...otherArtifacts, ...ofPartitions].map(({ format }) => format),
  ]);
  const onDisk = imageFormats.find((format) => emitted.has(format) && holdsDisk(format));
  if (onDisk === undefined) return;
  tell(
    ['disk', 'encryption'],
    `an installer encrypts the disk that it installs to: make ${onDisk} by another configuration`,
  );
}
