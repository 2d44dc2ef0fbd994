import { usageError } from '../../domain/errors.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { FileSystem } from '../../domain/image-config/disk.ts';
import { isExt, isFat } from '../../domain/image-partitions.ts';
import type { ImageLayout } from '../../domain/layout.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { ReadContent } from '../../formats/ext4/index.ts';

/**
 * Whether the kernel of an image knows the file systems of its disk: the root's has to be built in, as there is no
 * initramfs to load a module from. A kernel that does not say what it is made of is trusted. Throws
 * `IMAGE_KERNEL_FS`.
 */
export async function checkKernel(
  { volumes }: ImageLayout,
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<void> {
  const folder = `usr/lib/modules/${release}/`;
  const own = new Map<string, ManifestEntry>();
  for (const entry of entries) {
    const path = Buffer.from(entry.path).toString('latin1');
    if (path.startsWith(folder)) own.set(path, entry);
  }
  const list = own.get(`${folder}modules.builtin`);
  if (list === undefined) return;
  const text = Buffer.alloc(list.size);
  await read(list, 0, text);
  const builtIn = new Set(text.toString('latin1').split('\n').map(moduleName));
  const loadable = new Set([...own.keys()].filter((path) => path.includes('.ko')).map(moduleName));
  for (const { partition } of volumes) {
    const driver = driverOf(partition.fileSystem);
    if (driver === undefined || builtIn.has(driver)) continue;
    const isRoot = partition.mount === '/';
    if (loadable.has(driver) && !isRoot) continue;
    throw usageError(
      'IMAGE_KERNEL_FS',
      `partition '${partition.id}' is ${partition.fileSystem}: the kernel ${release} has ${driver} ${
        loadable.has(driver)
          ? 'as a module only, which it cannot load before the root is there'
          : 'not at all'
      }`,
      {
        hint: isRoot ? 'Make the root ext4, or take another kernel.' : 'Take another kernel or file system.',
      },
    );
  }
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

function driverOf(fileSystem: FileSystem | undefined): string | undefined {
  if (fileSystem === undefined || fileSystem === 'swap') return undefined;
  if (isExt(fileSystem)) return 'ext4';
  return isFat(fileSystem) ? 'vfat' : fileSystem;
}

function moduleName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.ko(?:\.\w+)?$/, '');
}
