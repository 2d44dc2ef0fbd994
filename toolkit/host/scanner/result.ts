import { z } from 'zod';
import type { SpecScanFailure, SpecScanResult } from '../../domain/spec.ts';

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
  return isFailure ? placed(failure.parse(value)) : scan.parse(value);
}

/** How rpm begins a line of an error with its place: `/specs/FILE:N: ` or `line N: `. */
const PLACE = /^(?:\/specs\/(?<file>[^:\n]+):(?<at>\d+)|line (?<line>\d+)): /m;

/**
 * An error with its place taken out of its words, on one line. rpm may name the place in any line of a
 * message, after the reason and a `^` that points into the expression.
 */
function placed({ spec, error }: SpecScanFailure): SpecScanFailure {
  const place = PLACE.exec(error.message)?.groups;
  const lines = error.message.split('\n').map((line) => line.replace(PLACE, '').trim());
  const message = lines.filter((line) => !/^\^?$/.test(line)).join('; ');
  const line = error.line ?? (place === undefined ? null : Number(place.at ?? place.line));
  return { spec, error: { message, file: place?.file ?? error.file, line } };
}
