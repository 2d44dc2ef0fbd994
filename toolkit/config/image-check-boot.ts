import type { DiskSource, Tell } from './image-check-disks.ts';
import type { ImageSource } from './image-schema.ts';

/** What is wrong with how a disk is to start. */
export function checkBoot({ disk, installer }: ImageSource, tell: Tell): void {
  const partitions = disk?.partitions ?? [];
  const boot = disk?.boot ?? 'both';
  if (disk?.loader === 'uki' && boot === 'bios') {
    tell(['disk', 'loader'], 'a unified kernel image starts under UEFI only');
  }
  if (disk?.loader === 'systemd-boot' && boot !== 'uefi') {
    tell(['disk', 'loader'], 'systemd-boot starts under UEFI only: set boot to uefi');
  }
  if (disk?.loader !== undefined && boot === 'none') {
    tell(['disk', 'loader'], 'nothing starts a disk with boot: none');
  }
  if (disk?.secureBoot !== undefined && (boot === 'bios' || boot === 'none')) {
    tell(['disk', 'secureBoot'], 'Secure Boot is a part of UEFI');
  }
  if (partitions.length === 0 || installer !== undefined) return;
  if ((boot === 'uefi' || boot === 'both') && !hasEsp(disk)) {
    tell(['disk', 'partitions'], 'UEFI wants a partition with the flag esp');
  }
  checkKernelPlace(disk, tell);
  const hasBios = partitions.some(
    ({ flags = [], type }) => flags.includes('bios-grub') || type === 'bios-boot',
  );
  if ((boot === 'bios' || boot === 'both') && disk?.table !== 'mbr' && !hasBios) {
    tell(['disk', 'partitions'], 'a BIOS wants a partition with the flag bios-grub in a GPT');
  }
}

/** Whether a disk has what UEFI looks into: parted makes an ESP of what has the flag boot in a GPT. */
export function hasEsp({ partitions = [], table = 'gpt' }: DiskSource = {}): boolean {
  return partitions.some(
    ({ flags = [], type }) =>
      flags.includes('esp') || (table === 'gpt' && flags.includes('boot')) || type === 'esp',
  );
}

/** Without an ESP, GRUB has to read the file system that the kernel is in. */
function checkKernelPlace(disk: DiskSource | undefined, tell: Tell): void {
  const { partitions = [], boot } = disk ?? {};
  if (boot !== 'bios' || hasEsp(disk)) return;
  const own = partitions.findIndex(({ mount }) => mount === '/boot');
  const index = own < 0 ? partitions.findIndex(({ mount }) => mount === '/') : own;
  const { fileSystem = '' } = partitions[index] ?? {};
  if (!['erofs', 'squashfs'].includes(fileSystem)) return;
  const what = `GRUB reads no ${fileSystem}, where the kernel is`;
  tell(
    ['disk', 'partitions', index, 'fileSystem'],
    `${what}: add a partition with the flag esp, or one of ext4 at /boot`,
  );
}
