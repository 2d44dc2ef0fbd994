import type { ImageDisk, ImagePartition } from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';

/** Bytes of a LUKS container before its payload: what cryptsetup leaves too, room for keys that are added later. */
export const LUKS_PAYLOAD = 16 * 1024 ** 2;

/** Bytes of a sector of its payload. */
export const LUKS_SECTOR = 4096;

/** Name of the device that the opened container is. */
export const LUKS_NAME = 'root';

/** Where the opened root is. */
export const LUKS_DEVICE = `/dev/mapper/${LUKS_NAME}`;

/** Whether a partition is a container that a file system lies in: only the root is. */
export function isEncrypted(
  { encryption }: Partial<Pick<ImageDisk, 'encryption'>>,
  { mount }: Pick<ImagePartition, 'mount'>,
): boolean {
  return encryption !== undefined && mount === '/';
}

/** UUID of the container, by which it is found. */
export function luksUuid(identity: ImageIdentity): string {
  return identity.of('luks root');
}

/** What the initramfs is told of the root. Source: dracut.cmdline(7), systemd-cryptsetup-generator(8). */
export function encryptionArguments(identity: ImageIdentity): string[] {
  return [`root=${LUKS_DEVICE}`, `rd.luks.name=${luksUuid(identity)}=${LUKS_NAME}`];
}
