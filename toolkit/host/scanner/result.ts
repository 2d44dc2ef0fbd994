import { z } from 'zod';
import type { SpecScanResult } from '../../domain/spec.ts';

const texts = z.array(z.string());
const nevra = {
  name: z.string(),
  epoch: z.number(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
};
const sources = z.array(z.strictObject({ url: z.string(), file: z.string() }));

const scan = z.strictObject({
  spec: z.string(),
  source: z.strictObject(nevra),
  buildRequires: texts,
  packages: z.array(
    z.strictObject({
      ...nevra,
      provides: texts,
      requires: texts,
      recommends: texts,
      obsoletes: texts,
      conflicts: texts,
      files: texts,
    }),
  ),
  exclusiveArch: texts,
  excludeArch: texts,
  sources,
  patches: sources,
  hasCheck: z.boolean(),
  hasGenerateBuildRequires: z.boolean(),
  warnings: texts,
});

const failure = z.strictObject({
  spec: z.string(),
  error: z.strictObject({ message: z.string(), file: z.string(), line: z.number().nullable() }),
});

/** One line of the scan helper. Throws on anything else: the helper is ours. */
export function parseScanLine(line: string): SpecScanResult {
  const value: unknown = JSON.parse(line);
  const isFailure = typeof value === 'object' && value !== null && 'error' in value;
  return isFailure ? failure.parse(value) : scan.parse(value);
}
