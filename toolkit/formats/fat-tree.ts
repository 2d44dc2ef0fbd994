import { bytePath, latin1Bytes } from '../domain/image-bytes.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import type { FatContent, FatEntry } from './fat/index.ts';

/** What writing a disk puts into its ESP: it is made anew. */
const BOOT_FILE =
  /^(?:efi\/boot\/bootx64\.efi|efi\/linux\/[^/]+\.efi(?:\.sig)?|loader\/loader\.conf|grub\/grub\.cfg|vmlinuz|initrd)$/i;
const BOOT_FOLDER = /^(?:efi|efi\/boot|efi\/linux|loader|grub)$/i;

/** The tree of a FAT, as the kernel shows it: all of root, 0755. */
export interface FatTree {
  /** Sorted; the root directory is not among them. */
  readonly entries: readonly ManifestEntry[];
  readonly content: (entry: ManifestEntry) => AsyncIterable<Uint8Array>;
}

/** Reads a FAT; of an ESP everything but the boot programs. Throws `FAT_DAMAGED`. */
export async function readFatTree(files: FatContent, isEsp: boolean): Promise<FatTree> {
  const listed = await files.list();
  const kept = isEsp ? withoutBoot(listed) : listed;
  const sources = new Map(kept.map((one) => [entryOf(one), one]));
  return {
    entries: [...sources.keys()].sort((a, b) => Buffer.compare(a.path, b.path)),
    async *content(entry) {
      yield await sources.get(entry)!.content();
    },
  };
}

function withoutBoot(listed: readonly FatEntry[]): readonly FatEntry[] {
  const files = listed.filter(({ path }) => !BOOT_FILE.test(path));
  return files.filter(({ path, isDirectory }) => {
    const isOurs = isDirectory && BOOT_FOLDER.test(path);
    return !isOurs || files.some((one) => !one.isDirectory && one.path.startsWith(`${path}/`));
  });
}

function entryOf({ path, isDirectory, size, mtime }: FatEntry): ManifestEntry {
  const type = isDirectory ? 'directory' : 'file';
  return { path: latin1Bytes(bytePath(path)), type, mode: 0o755, uid: 0, gid: 0, mtime, size, xattrs: [] };
}
