import { usageError } from '../../domain/errors.ts';
import { latin1Bytes, latin1Text } from '../../domain/image-bytes.ts';
import type { RootfsContents } from '../../domain/image-rootfs.ts';
import type { ManifestEntry, ReadContent } from '../../domain/manifest.ts';
import { writeCpio } from '../../formats/cpio/index.ts';

const BUFFER = 1 << 20;
const NO_XATTRS: ManifestEntry['xattrs'] = [];
/** What the kernel takes as /init where the tree has none: the first that is there. */
const INITS = ['usr/lib/systemd/systemd', 'usr/sbin/init', 'usr/bin/init', 'sbin/init'];

/**
 * A whole root file system as an initramfs: newc cpio; `entries` are those of its manifest. Where there is no /init, it becomes a link to systemd or another init; /dev/console is there before anything is mounted. cpio
 * holds no extended attributes: they are left out. `epoch` is the time of what is made. Throws `IMAGE_NO_INIT`.
 */
export async function* writeRootInitrd(
  image: string,
  entries: readonly ManifestEntry[],
  rootfs: Pick<RootfsContents, 'open'>,
  epoch: number,
): AsyncGenerator<Uint8Array> {
  const files = new Map<string, ManifestEntry>();
  const all = new Map<string, ManifestEntry>();
  for (const entry of entries) {
    const path = latin1Text(entry.path);
    all.set(path, { ...entry, xattrs: NO_XATTRS });
    if (entry.type === 'file') files.set(path, entry);
  }
  const common = { uid: 0, gid: 0, size: 0, mtime: epoch, xattrs: NO_XATTRS };
  const add = (path: string, entry: Pick<ManifestEntry, 'type' | 'mode' | 'target' | 'device'>) => {
    if (!all.has(path)) all.set(path, { ...common, ...entry, path: latin1Bytes(path) });
  };
  if (!all.has('init')) add('init', { type: 'symlink', mode: 0o777, target: initOf(image, all) });
  add('dev', { type: 'directory', mode: 0o755 });
  // The kernel opens it for init before anything is mounted.
  add('dev/console', { type: 'char', mode: 0o600, device: { major: 5, minor: 1 } });
  const sorted = [...all.values()].sort((a, b) => Buffer.compare(a.path, b.path));
  using contents = await rootfs.open(entries);
  yield* writeCpio(sorted, ({ path }) => contentOf(files.get(latin1Text(path))!, contents.read));
}

async function* contentOf(entry: ManifestEntry, read: ReadContent): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < entry.size; at += BUFFER) {
    const piece = Buffer.allocUnsafe(Math.min(BUFFER, entry.size - at));
    await read(entry, at, piece);
    yield piece;
  }
}

function initOf(image: string, entries: ReadonlyMap<string, ManifestEntry>): Uint8Array {
  const found = INITS.find((path) => entries.has(path));
  if (found !== undefined) return latin1Bytes(found);
  throw usageError('IMAGE_NO_INIT', `${image}: an initrd cannot start without /init or an init program`, {
    hint: "Add an init (systemd, distrokit-init) to the configuration's packages, or a file /init.",
  });
}
