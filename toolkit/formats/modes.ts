import type { EntryType } from '../domain/manifest.ts';

/** Types of files as a mode has them. A hard link is another name, not another file. */
export const MODE_TYPES: Readonly<Record<EntryType, number>> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  hardlink: 0,
  symlink: 0o120000,
  socket: 0o140000,
};

/** Types of files as a directory has them. */
export const DIRENT_TYPES: Readonly<Record<EntryType, number>> = {
  hardlink: 0,
  file: 1,
  directory: 2,
  char: 3,
  block: 4,
  fifo: 5,
  socket: 6,
  symlink: 7,
};

const TYPE_MASK = 0o170000;
const TYPES = new Map(
  (Object.entries(MODE_TYPES) as [EntryType, number][])
    .filter(([type]) => type !== 'hardlink')
    .map(([type, mode]) => [mode, type]),
);

/** The type that a mode has; undefined where it has none. */
export function modeType(mode: number): EntryType | undefined {
  return TYPES.get(mode & TYPE_MASK);
}
