import { latin1Bytes, latin1Text } from './image-bytes.ts';
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
    data: entry.data?.map(({ offset, length }) => [offset, length]),
    target: entry.target === undefined ? undefined : latin1Text(entry.target),
    device: entry.device,
    xattrs:
      entry.xattrs.length === 0
        ? undefined
        : entry.xattrs.map(({ name, value }) => ({ name, value: Buffer.from(value).toString('base64') })),
  });
}

/** What `manifestLine` writes. */
interface ManifestLine extends Pick<ManifestEntry, 'type' | 'uid' | 'gid' | 'mtime' | 'device'> {
  readonly path: string;
  readonly mode: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly data?: readonly (readonly [number, number])[];
  readonly target?: string;
  readonly xattrs?: readonly { readonly name: string; readonly value: string }[];
}

const NO_XATTRS: ManifestEntry['xattrs'] = [];

/** The entry that a line of a manifest tells of, without the digest of its content. */
export function parseManifestLine(line: string): ManifestEntry {
  const parsed: ManifestLine = JSON.parse(line);
  const { path, mode, size = 0, sha256: _, data, target, device, xattrs, ...plain } = parsed;
  return {
    ...plain,
    path: latin1Bytes(path),
    mode: Number.parseInt(mode, 8),
    size,
    ...(data === undefined ? {} : { data: data.map(([offset, length]) => ({ offset, length })) }),
    ...(target === undefined ? {} : { target: latin1Bytes(target) }),
    ...(device === undefined ? {} : { device }),
    xattrs: xattrs?.map(({ name, value }) => ({ name, value: Buffer.from(value, 'base64') })) ?? NO_XATTRS,
  };
}
