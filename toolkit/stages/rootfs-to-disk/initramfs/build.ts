import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { usageError } from '../../../domain/errors.ts';
import { latin1Bytes, latin1Text } from '../../../domain/image-bytes.ts';
import type { ManifestEntry, ReadContent } from '../../../domain/manifest.ts';
import { writeCpio } from '../../../formats/cpio/index.ts';
import { ImageFiles } from './image-files.ts';
import { initProgram, MODULES, MOUNTS, SYSROOT } from './init-program.ts';
import { loadingOrder } from './modules.ts';
import { driversOf, type InitramfsTask, programsOf } from './task.ts';

const FOLDERS = ['', 'dev', 'proc', 'run', 'sys', SYSROOT];

/** The image that an initramfs is made of. */
export interface InitramfsSource {
  /** All that it has. */
  readonly entries: readonly ManifestEntry[];
  readonly read: ReadContent;
  /** Time of what is made. */
  readonly epoch: number;
  /** Of its kernel. */
  readonly release: string;
}

/**
 * An initramfs that does what `task` says: a program of ours, modules of the image's kernel, and the image's own programs
 * with their libraries. Throws `IMAGE_INITRAMFS`, of an encrypted root `IMAGE_ENCRYPTION`, for an image that has not all
 * of these programs, and what `loadingOrder` throws.
 */
export async function buildInitramfs(
  image: string,
  task: InitramfsTask,
  { entries, read, epoch, release }: InitramfsSource,
): Promise<AsyncGenerator<Uint8Array>> {
  const files = new ImageFiles(entries, read);
  for (const name of programsOf(task)) {
    const found = await files.takeProgram(name);
    if (found === undefined) throw missing(image, task, name);
    // That of busybox knows no partition by its UUID.
    const findsPartitions = task.verity !== undefined || task.scrambles === true;
    if (findsPartitions && name === 'findfs' && found.path.endsWith('busybox')) {
      throw missing(image, task, 'findfs of util-linux');
    }
  }
  const shell = await takeShell(files);
  if (shell === undefined) throw missing(image, task, 'bash or busybox');
  const made = new InitramfsTree(epoch);
  for (const path of FOLDERS) made.folder(path);
  for (const [path, entry] of files.taken) made.copy(path, entry);
  const drivers = driversOf(task);
  if (drivers.length > 0) {
    const paths: string[] = [];
    for (const entry of await loadingOrder(release, drivers, entries, read)) {
      const { path, bytes } = unpacked(latin1Text(entry.path), await contentOf(entry, read));
      made.file(path, 0o644, bytes);
      paths.push(path);
    }
    made.file(MODULES, 0o644, Buffer.from(paths.map((path) => `/${path}\n`).join(''), 'latin1'));
  }
  if (task.early !== undefined) {
    const lines = task.early.mounts.map((one) => `${one.source} ${one.target} ${one.type} ${one.options}\n`);
    made.file(MOUNTS, 0o644, Buffer.from(lines.join('')));
  }
  made.console();
  made.file('init', 0o755, Buffer.from(initProgram(shell)));
  return writeCpio(made.sorted, (entry) => once(made.contentOf(entry, read)));
}

/** What goes in, each at its path. */
class InitramfsTree {
  readonly #common: Pick<ManifestEntry, 'uid' | 'gid' | 'mtime' | 'size' | 'xattrs'>;
  readonly #entries = new Map<string, ManifestEntry>();
  /** Bytes of our own, or the file of the image that has them. */
  readonly #contents = new Map<string, Uint8Array | ManifestEntry>();

  constructor(epoch: number) {
    this.#common = { uid: 0, gid: 0, mtime: epoch, size: 0, xattrs: [] };
  }

  folder(path: string): void {
    this.#add(path, { type: 'directory', mode: 0o755 });
  }

  /** A file of ours, and the folders around it. */
  file(path: string, mode: number, bytes: Uint8Array): void {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) this.folder(path.slice(0, at));
    this.#contents.set(path, bytes);
    this.#add(path, { type: 'file', mode, size: bytes.length });
  }

  /** Something of the image: no program here runs as another user. */
  copy(path: string, entry: ManifestEntry): void {
    if (entry.type === 'file') this.#contents.set(path, entry);
    const { type, size, mode, target } = entry;
    this.#add(path, { type, size, mode: mode & 0o777, ...(target === undefined ? {} : { target }) });
  }

  /** The kernel opens it for init before anything is mounted. */
  console(): void {
    this.#add('dev/console', { type: 'char', mode: 0o600, device: { major: 5, minor: 1 } });
  }

  get sorted(): readonly ManifestEntry[] {
    return [...this.#entries.values()].sort((a, b) => Buffer.compare(a.path, b.path));
  }

  async contentOf({ path }: ManifestEntry, read: ReadContent): Promise<Uint8Array> {
    const content = this.#contents.get(latin1Text(path))!;
    return content instanceof Uint8Array ? content : await contentOf(content, read);
  }

  #add(path: string, entry: Pick<ManifestEntry, 'type' | 'mode'> & Partial<ManifestEntry>): void {
    if (entry.type === 'directory' && this.#entries.has(path)) return;
    this.#entries.set(path, { ...this.#common, ...entry, path: latin1Bytes(path) });
  }
}

/** Words that run the program: of shells that are known to have `printf` built in. */
async function takeShell(files: ImageFiles): Promise<string | undefined> {
  const bash = await files.takeProgram('bash');
  if (bash !== undefined) return `/${bash.path}`;
  const busybox = await files.takeProgram('busybox');
  return busybox === undefined ? undefined : `/${busybox.path} sh`;
}

/** A module as every insmod takes it. What is packed by xz stays: that of kmod unpacks it. */
function unpacked(path: string, bytes: Uint8Array): { readonly path: string; readonly bytes: Uint8Array } {
  if (path.endsWith('.zst')) return { path: path.slice(0, -4), bytes: zstdDecompressSync(bytes) };
  if (path.endsWith('.gz')) return { path: path.slice(0, -3), bytes: gunzipSync(bytes) };
  return { path, bytes };
}

async function contentOf(entry: ManifestEntry, read: ReadContent): Promise<Uint8Array> {
  const bytes = Buffer.alloc(entry.size);
  await read(entry, 0, bytes);
  return bytes;
}

async function* once(bytes: Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await bytes;
}

function missing(image: string, { fileSystem, unlocks, verity, early }: InitramfsTask, what: string): Error {
  if (verity !== undefined) {
    return usageError(
      'IMAGE_VERITY',
      `${image}: the image has no ${what}, which the initramfs of what dm-verity checks wants`,
      {
        hint: "Add 'veritysetup', 'util-linux', and kmod, coreutils and bash, or busybox, to the configuration's packages. With a kernel that has CONFIG_DM_INIT, such as ours, a root without validateOnBoot and signed wants none.",
      },
    );
  }
  const hasOverlay = early?.mounts.some(({ type }) => type === 'overlay') === true;
  const mounted =
    fileSystem === undefined && early !== undefined
      ? hasOverlay
        ? 'an early overlay'
        : 'a /usr of its own'
      : `a root of ${fileSystem}, which is a module of its kernel`;
  const why = unlocks ? 'an encrypted root' : mounted;
  const wanted = unlocks ? 'cryptsetup, kmod' : 'kmod';
  return usageError(
    unlocks ? 'IMAGE_ENCRYPTION' : 'IMAGE_INITRAMFS',
    `${image}: the image has no ${what}, which the initramfs of ${why} wants`,
    {
      hint: `Add ${wanted}, coreutils, util-linux and bash, or busybox, to the configuration's packages.`,
    },
  );
}
