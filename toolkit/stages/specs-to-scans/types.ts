import type { SpecScanRequest } from '../../domain/spec-scanner.ts';

export interface ScanInput extends Omit<SpecScanRequest, 'specs'> {
  /** Globs below the folder; one folder a package where nothing else is said. */
  readonly patterns?: readonly string[];
}
