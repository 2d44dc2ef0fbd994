import { byCodeUnit } from '../../domain/text.ts';

/** Where specs are: one folder a source package. */
export const SPEC_PATTERNS: readonly string[] = ['*/*.spec'];

/** Paths in the one order that does not depend on the host, each once. */
export function orderSpecs(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort(byCodeUnit);
}
