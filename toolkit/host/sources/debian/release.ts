import type { FileDigest } from '../../../domain/digest.ts';

/** What of a `Release` file is of use here. */
export interface ReleaseFile {
  readonly origin: string;
  /** Path below the suite to what the file there must be. */
  readonly files: ReadonlyMap<string, FileDigest>;
}

/**
 * Parses a `Release` file: its Origin and its SHA256 section. The signature is not looked at: nothing is used
 * by the archive's word, each source must have the hash that its spec lists.
 */
export function parseRelease(text: string): ReleaseFile {
  const files = new Map<string, FileDigest>();
  let origin = '';
  let section = '';
  for (const line of text.split('\n')) {
    const field = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (field !== null) {
      section = field[1]!;
      if (section === 'Origin') origin = field[2]!.trim();
      continue;
    }
    const entry = section === 'SHA256' ? /^\s+([0-9a-f]{64})\s+(\d+)\s+(\S+)\s*$/.exec(line) : null;
    if (entry !== null) files.set(entry[3]!, { sha256: entry[1]!, size: Number(entry[2]) });
  }
  return { origin, files };
}
