import { latin1Text } from './image-bytes.ts';
import type { ManifestEntry } from './manifest.ts';

/**
 * One line of a manifest as JSON, members in a fixed order. Paths and targets are latin1 text (one code
 * unit a byte), values of extended attributes base64.
 */
export function manifestLine(entry: ManifestEntry): string {
  return JSON.stringify({
    path: latin1Text(entry.path),
    type: entry.type,
    mode: entry.mode.toString(8).padStart(4, '0'),
    uid: entry.uid,
    gid: entry.gid,
    mtime: entry.mtime,
    size: entry.type === 'file' ? entry.size : undefined,
    sha256: entry.sha256,
    target: entry.target === undefined ? undefined : latin1Text(entry.target),
    device: entry.device,
    xattrs:
      entry.xattrs.length === 0
        ? undefined
        : entry.xattrs.map(({ name, value }) => ({ name, value: Buffer.from(value).toString('base64') })),
  });
}
