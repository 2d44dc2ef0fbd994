import { createReadStream } from 'node:fs';
import { latin1Bytes, latin1Text } from '../../domain/image-bytes.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { writeCpio } from '../../formats/cpio/index.ts';

/** A file that goes into the initramfs. */
export interface InitrdFile {
  /** Path without a leading slash. */
  readonly path: string;
  readonly source: string;
  readonly size: number;
}

/** An initramfs of executable files, their folders and the console. `epoch` is the time of everything in it. */
export function writeInitrd(files: readonly InitrdFile[], epoch: number): AsyncGenerator<Uint8Array> {
  const sources = new Map(files.map(({ path, source }) => [path, source]));
  const common = { uid: 0, gid: 0, mtime: epoch, xattrs: [] };
  const folders = new Set(['', 'dev', ...files.flatMap(({ path }) => parents(path))]);
  const entries: ManifestEntry[] = [
    ...[...folders].map((path) => ({
      ...common,
      path: latin1Bytes(path),
      type: 'directory' as const,
      mode: 0o755,
      size: 0,
    })),
    // The kernel opens it for init before anything is mounted.
    {
      ...common,
      path: latin1Bytes('dev/console'),
      type: 'char',
      mode: 0o600,
      size: 0,
      device: { major: 5, minor: 1 },
    },
    ...files.map(({ path, size }) => ({
      ...common,
      path: latin1Bytes(path),
      type: 'file' as const,
      mode: 0o755,
      size,
    })),
  ];
  entries.sort((a, b) => Buffer.compare(a.path, b.path));
  return writeCpio(entries, (entry) => createReadStream(sources.get(latin1Text(entry.path)) ?? ''));
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
