/** What the sources of a spec are known by, and what became of looking for them. */
import type { FileDigest, Sha256 } from './digest.ts';
import type { SpecSource } from './spec.ts';

/** Other bytes that are as good for one source: the same release under another name, or packed otherwise. */
export interface SourceAlternative {
  /** Name that servers know it by, where that is not the spec's. */
  readonly file?: string;
  readonly url?: string;
  readonly sha256: Sha256;
}

/** Content of a `NAME.signatures.json`. */
export interface SourceSignatures {
  /** Base name of a source to the hash of its bytes. */
  readonly signatures: ReadonlyMap<string, Sha256>;
  /** Base name of a source to what may stand in for it, in order of preference. */
  readonly alternatives: ReadonlyMap<string, readonly SourceAlternative[]>;
}

/**
 * `enforce`: bytes that match a listed hash, or an error. `skip`: hashes are looked at, and only talked
 * about. `update`: as `skip`, and the signatures file is rewritten with what was seen.
 */
type SourceMode = 'enforce' | 'skip' | 'update';

export interface SourceRequest {
  /** Path of the spec file on the host; sources are looked for in its folder first. */
  readonly specPath: string;
  readonly sources: readonly SpecSource[];
  readonly patches: readonly SpecSource[];
  readonly signatures: SourceSignatures;
  readonly mode: SourceMode;
}

/** A source that is in the store. */
export interface FetchedSource {
  /** Name in SOURCES: what the spec calls it, also where an alternative stands in. */
  readonly file: string;
  readonly digest: FileDigest;
  /** Absolute path in the store. */
  readonly path: string;
  /** Where the bytes came from, for people: `spec folder`, `store`, `Debian archive (...)`. */
  readonly provider: string;
}

/** What a provider said when asked for a file. */
export interface ProviderAnswer {
  readonly provider: string;
  readonly answer: string;
}

/** A signatures file that lists nothing. */
export const NO_SIGNATURES: SourceSignatures = { signatures: new Map(), alternatives: new Map() };

const MAX_FILE_NAME_BYTES = 255;

/** Whether a name stays in its folder: one path component, neither empty nor `.` nor `..`, no control bytes. */
export function isPlainFileName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return false;
  return new TextEncoder().encode(name).length <= MAX_FILE_NAME_BYTES;
}

/** Whether a path stays below the folder that it is relative to: no scheme, no root, no `..` and no `.`. */
export function isPathBelow(path: string): boolean {
  return path.split('/').every(isPlainFileName);
}

/** All hashes that are accepted for a source, the spec's own first. */
export function acceptedHashes(signatures: SourceSignatures, file: string): readonly Sha256[] {
  const own = signatures.signatures.get(file);
  const others = (signatures.alternatives.get(file) ?? []).map((alternative) => alternative.sha256);
  return [...new Set(own === undefined ? others : [own, ...others])];
}
