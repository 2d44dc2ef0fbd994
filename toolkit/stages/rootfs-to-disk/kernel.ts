import { usageError } from '../../domain/errors.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { FileSystem } from '../../domain/image-config/disk.ts';
import { isExt, isFat } from '../../domain/image-partitions.ts';
import type { ImageLayout } from '../../domain/layout.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { ReadContent } from '../../formats/ext4/index.ts';
import { kernelModules, moduleName, modulesFolder } from './initramfs/modules.ts';

/**
 * Whether the kernel of an image knows the file systems of its disk, built in or as modules: that of the root is then
 * loaded by an initramfs. A kernel that does not say what it is made of is trusted. Throws `IMAGE_KERNEL_FS`.
 */
export async function checkKernel(
  { volumes }: ImageLayout,
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<void> {
  const path = `${modulesFolder(release)}modules.builtin`;
  const list = entries.find((entry) => latin1Text(entry.path) === path);
  if (list === undefined) return;
  const text = Buffer.alloc(list.size);
  await read(list, 0, text);
  const builtIn = new Set(text.toString('latin1').split('\n').map(moduleName));
  const loadable = kernelModules(release, entries);
  for (const { partition } of volumes) {
    const driver = driverOf(partition.fileSystem);
    if (driver === undefined || builtIn.has(driver) || loadable.has(driver)) continue;
    const { id, fileSystem, mount } = partition;
    throw usageError(
      'IMAGE_KERNEL_FS',
      `partition '${id}' is ${fileSystem}: the kernel ${release} has ${driver} neither built in nor as a module`,
      {
        hint: `Take another kernel, such as kernel-generic, or ${mount === '/' ? 'make the root ext4' : 'another file system'}.`,
      },
    );
  }
}

/** Whether a kernel can be started with an initramfs. Throws `IMAGE_KERNEL_FS`. */
export async function checkInitramfs(
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<void> {
  const missing = await missingOptions(release, ['CONFIG_BLK_DEV_INITRD'], entries, read);
  if (missing.length === 0) return;
  throw usageError(
    'IMAGE_KERNEL_FS',
    `the kernel ${release} is made without ${missing.join()}, and has to be started with an initramfs`,
    { hint: 'Take another kernel, or make the root ext4 and leave early overlays out.' },
  );
}

/** Whether a kernel has overlay file systems, built in or as a module. Throws `IMAGE_OVERLAYS`. */
export async function checkOverlays(
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<void> {
  if (kernelModules(release, entries).has('overlay')) return;
  const missing = await missingOptions(release, ['CONFIG_OVERLAY_FS'], entries, read);
  if (missing.length === 0) return;
  throw usageError('IMAGE_OVERLAYS', `the kernel ${release} is made without ${missing.join()}`, {
    hint: 'Take another kernel, or leave early overlays out.',
  });
}

/**
 * What of these options a kernel is not made with, by the configuration that lies beside it. One that does not say is
 * trusted.
 */
export async function missingOptions(
  release: string,
  options: readonly string[],
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<readonly string[]> {
  const config = entries.find(({ path }) => latin1Text(path) === `boot/config-${release}`);
  if (config?.type !== 'file') return [];
  const text = Buffer.alloc(config.size);
  await read(config, 0, text);
  const lines = new Set(text.toString('latin1').split('\n'));
  return options.filter((option) => !lines.has(`${option}=y`));
}

/** The module that a file system is in, where it is one; undefined for what is none. */
export function driverOf(fileSystem: FileSystem | undefined): string | undefined {
  if (fileSystem === undefined || fileSystem === 'swap') return undefined;
  if (isExt(fileSystem)) return 'ext4';
  return isFat(fileSystem) ? 'vfat' : fileSystem;
}
