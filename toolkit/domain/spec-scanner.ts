import type { KnownAnswer } from './distro.ts';
import type { SpecScanResult } from './spec.ts';
import type { MacroDefinition, Target } from './target.ts';

/** A file on the host that rpm reads at `target` in the root. */
export interface RpmFile {
  /** How people know it: its path in the distribution's tree. */
  readonly name: string;
  readonly source: string;
  /** Absolute path in the root. */
  readonly target: string;
}

/** Which specs to parse, and with what. */
export interface SpecScanRequest {
  /** The specs folder: an absolute path on the host. */
  readonly folder: string;
  /** Paths relative to the folder. */
  readonly specs: readonly string[];
  readonly target: Target;
  /** Definitions for parsing alone, such as `with_check`. */
  readonly defines: readonly MacroDefinition[];
  /** Macro files and the like, in no order: rpm's own macro path decides. */
  readonly files: readonly RpmFile[];
  readonly answers: readonly KnownAnswer[];
  /** See DistroProfile. */
  readonly versionMacros: string | undefined;
}

export interface SpecScanReport {
  /** Sorted by path. */
  readonly results: readonly SpecScanResult[];
  /** How many specs rpm parsed now; the others were known. */
  readonly scanned: number;
  /** Why all specs were parsed again, where they were known for other circumstances. */
  readonly reason: string | undefined;
}

/** Asks rpm what specs say. Whatever a spec contains, the report has a result for each. */
export interface SpecScanner {
  scan(request: SpecScanRequest, signal: AbortSignal): Promise<SpecScanReport>;
}
