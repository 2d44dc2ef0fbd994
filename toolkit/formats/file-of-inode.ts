import type { DeviceNumbers, ManifestEntry, Xattr } from '../domain/manifest.ts';
import type { Extent } from './image.ts';
import { modeType } from './modes.ts';
import type { ReadFile, ReadName } from './read-files.ts';

/** What an inode says of itself, whatever type it has. */
export interface InodeFacts {
  readonly inode: number;
  /** With the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, with the fraction that a number can hold. */
  readonly mtime: number;
  readonly size: number;
  readonly links: number;
}

/** What else there is of an inode, each asked for where its type has it. `R` is a run of its content. */
export interface InodeParts<R extends Extent> {
  readonly xattrs: () => Promise<readonly Xattr[]>;
  readonly target: () => Promise<Uint8Array>;
  readonly device: () => DeviceNumbers;
  readonly runs: () => Promise<readonly R[]>;
  readonly names: () => Promise<readonly ReadName[]>;
}

/** What a kind of file system says of links, and of what cannot be. */
export interface InodeLimits {
  /** Bytes that a symlink leads to at most. */
  readonly mostTarget: number;
  readonly damaged: (what: string) => Error;
}

/** The file of an inode. `path` is one of its names. Throws what `damaged` makes of a type that is none. */
export async function fileOfInode<R extends Extent>(
  path: string,
  facts: InodeFacts,
  parts: InodeParts<R>,
  { mostTarget, damaged }: InodeLimits,
): Promise<ReadFile<R>> {
  const { inode, mode, uid, gid, mtime, size, links } = facts;
  const type = modeType(mode);
  if (type === undefined) throw damaged(`inode ${inode} is of no type (mode ${mode.toString(8)})`);
  if (type === 'symlink' && (size === 0 || size > mostTarget))
    throw damaged(`/${path} leads to ${size} bytes`);
  const isFile = type === 'file';
  const entry: Omit<ManifestEntry, 'path'> = {
    ...{ type, mode: mode & 0o7777, uid, gid, mtime, size: isFile ? size : 0 },
    xattrs: await parts.xattrs(),
    ...(type === 'symlink' ? { target: Uint8Array.from(await parts.target()) } : {}),
    ...(type === 'char' || type === 'block' ? { device: parts.device() } : {}),
  };
  return {
    ...{ inode, links, entry, runs: isFile ? await parts.runs() : [] },
    names: type === 'directory' ? parts.names : undefined,
  };
}
