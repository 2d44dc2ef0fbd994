import type { FileDigest, Sha256 } from './digest.ts';
import type { ImageLayout } from './layout.ts';

/** A finished raw disk in the store. */
export interface Disk {
  readonly key: Sha256;
  readonly raw: FileDigest;
  /** Where it is not zeros: JSON, a list of pairs of offset and length in bytes, ascending. */
  readonly extents: FileDigest;
  /** Where the contents of all files lie on it (`contentPlacesLine`); undefined where not all do as they are. */
  readonly places: FileDigest | undefined;
  readonly layout: ImageLayout;
  /** Where files of `disk.rawBinaries` lie, in bytes. */
  readonly binaries: readonly { readonly offset: number; readonly size: number }[];
  /** What its kernel is started with. */
  readonly commandLine: string;
}

/** A run of a file that lies on a disk; in bytes. */
export interface ContentRun {
  /** Where in the file it begins. */
  readonly from: number;
  /** Where on the disk. */
  readonly offset: number;
  readonly length: number;
}

/** What the list of contents on a disk says of one file, in the order of the manifest: its runs, as a line of JSON. */
export function contentPlacesLine(runs: readonly ContentRun[]): string {
  return `${JSON.stringify(runs.map(({ from, offset, length }) => [from, offset, length]))}\n`;
}

/** Reads such a list, which is ours. */
export function readContentPlaces(text: string): ContentRun[][] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) =>
    (JSON.parse(line) as [number, number, number][]).map(([from, offset, length]) => ({
      ...{ from, offset, length },
    })),
  );
}
