import { basename, dirname } from 'node:path';
import type { Sha256 } from '../../domain/digest.ts';
import type { EventSink } from '../../domain/events.ts';
import type { FileDigests, Store } from '../../domain/ports.ts';
import type { ProviderAnswer, SourceRequest } from '../../domain/sources.ts';
import type { SpecSource } from '../../domain/spec.ts';
import type { HttpClient } from '../http/client.ts';
import type { SourceArchive } from './debian/archive.ts';

export interface SourceDeps {
  readonly store: Store;
  readonly digests: FileDigests;
  readonly http: HttpClient;
  readonly events: EventSink;
  /** Base URLs or folders of flat source servers, asked for `<base>/<file name>`. */
  readonly sourceUrls: readonly string[];
  /** Undefined: no archive is searched. */
  readonly archive: SourceArchive | undefined;
  /** Told a few times a second while a file comes in: bytes so far, and in all where that is known. */
  readonly onProgress?: (file: string, done: number, total: number | undefined) => void;
}

/** One name and place that acceptable bytes may be known by. */
interface Candidate {
  readonly file: string;
  readonly url: string | undefined;
  /** Undefined only where the source is not listed. */
  readonly sha256: Sha256 | undefined;
}

/** A source that is being looked for. */
export interface WantedSource {
  readonly file: string;
  /** Base name of the spec file, for messages. */
  readonly spec: string;
  /** Folder of the spec file. */
  readonly folder: string;
  /** As the spec calls it first, then its alternatives. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
  /** What each provider said so far. */
  readonly answers: ProviderAnswer[];
}

/** The bytes of a source, in the store. */
export interface FoundSource {
  readonly sha256: Sha256;
  readonly provider: string;
}

/** A source of a request with all that may stand in for it. */
export function wantedSource(request: SourceRequest, source: SpecSource): WantedSource {
  const { signatures, alternatives } = request.signatures;
  const own = {
    file: source.file,
    // What is no URL with a host is a file beside the spec.
    url: /^(?:https?|ftp):\/\//i.test(source.url) ? source.url : undefined,
    sha256: signatures.get(source.file),
  };
  const others = (alternatives.get(source.file) ?? []).map((alternative) => ({
    file: alternative.file ?? source.file,
    url: alternative.url,
    sha256: alternative.sha256,
  }));
  return {
    file: source.file,
    spec: basename(request.specPath),
    folder: dirname(request.specPath),
    candidates: [own, ...others],
    answers: [],
  };
}

/** All hashes that a source may have; empty where it is not listed. */
export function hashesOf(wanted: WantedSource): readonly Sha256[] {
  return [...new Set(wanted.candidates.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256])))];
}
