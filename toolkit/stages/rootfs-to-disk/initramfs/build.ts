import { usageError } from '../../../domain/errors.ts';
import { latin1Bytes, latin1Text } from '../../../domain/image-bytes.ts';
import type { ManifestEntry, ReadContent } from '../../../domain/manifest.ts';
import { writeCpio } from '../../../formats/cpio/index.ts';
import { ImageFiles } from './image-files.ts';
import { initProgram, SYSROOT } from './init-program.ts';
import { type InitramfsTask, programsOf } from './task.ts';

const FOLDERS = ['', 'dev', 'proc', 'run', 'sys', SYSROOT];

/** The image that an initramfs is made of. */
export interface InitramfsSource {
  /** All that it has. */
  readonly entries: readonly ManifestEntry[];
  readonly read: ReadContent;
  /** Time of what is made. */
  readonly epoch: number;
}

/**
 * An initramfs that does what `task` says: a program of ours, and the image's own programs with their libraries. Throws
 * `IMAGE_ENCRYPTION` for an image that has not all of them.
 */
export async function buildInitramfs(
  image: string,
  task: InitramfsTask,
  { entries, read, epoch }: InitramfsSource,
): Promise<AsyncGenerator<Uint8Array>> {
  const files = new ImageFiles(entries, read);
  for (const name of programsOf(task)) {
    if ((await files.takeProgram(name)) === undefined) throw missing(image, name);
  }
  const init = Buffer.from(initProgram(await takeShell(image, files)));
  const common = { uid: 0, gid: 0, mtime: epoch, size: 0, xattrs: [] };
  const contents = new Map<string, ManifestEntry>();
  const made = new Map<string, ManifestEntry>();
  const add = (path: string, entry: Pick<ManifestEntry, 'type' | 'mode'> & Partial<ManifestEntry>) =>
    made.set(path, { ...common, ...entry, path: latin1Bytes(path) });
  for (const path of FOLDERS) add(path, { type: 'directory', mode: 0o755 });
  for (const [path, entry] of files.taken) {
    if (entry.type === 'file') contents.set(path, entry);
    add(path, { ...entry, uid: 0, gid: 0, mtime: epoch, xattrs: [], mode: entry.mode & 0o777 });
  }
  // The kernel opens it for init before anything is mounted.
  add('dev/console', { type: 'char', mode: 0o600, device: { major: 5, minor: 1 } });
  add('init', { type: 'file', mode: 0o755, size: init.length });
  const sorted = [...made.values()].sort((a, b) => Buffer.compare(a.path, b.path));
  return writeCpio(sorted, ({ path }) => {
    const entry = contents.get(latin1Text(path));
    return entry === undefined ? once(init) : contentOf(entry, read);
  });
}

/** Words that run the program: of shells that are known to have `printf` built in. */
async function takeShell(image: string, files: ImageFiles): Promise<string> {
  const bash = await files.takeProgram('bash');
  if (bash !== undefined) return `/${bash.path}`;
  const busybox = await files.takeProgram('busybox');
  if (busybox !== undefined) return `/${busybox.path} sh`;
  throw missing(image, 'bash or busybox');
}

async function* contentOf(entry: ManifestEntry, read: ReadContent): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.alloc(entry.size);
  await read(entry, 0, bytes);
  yield bytes;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function missing(image: string, what: string): Error {
  return usageError(
    'IMAGE_ENCRYPTION',
    `${image}: the image has no ${what}, which opens its encrypted root`,
    {
      hint: "Add 'cryptsetup', and coreutils, util-linux and bash, or busybox, to the configuration's packages.",
    },
  );
}
