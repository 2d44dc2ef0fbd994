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

const reads = texts.nullable();

const scan = z.strictObject({
  spec: z.string(),
  reads,
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
  reads,
  error: z.strictObject({ message: z.string(), file: z.string(), line: z.number().nullable() }),
});

/** What the helper tells of one spec. */
export interface HelperScan {
  readonly result: SpecScanResult;
  /** Paths outside of the spec's folder that the parse looked at; null: too many to tell. */
  readonly reads: readonly string[] | null;
}

/** One line of the scan helper. Throws on anything else: the helper is ours. */
export function parseScanLine(line: string): HelperScan {
  const value: unknown = JSON.parse(line);
  const isFailure = typeof value === 'object' && value !== null && 'error' in value;
  if (!isFailure) {
    const { reads: paths, ...result } = scan.parse(value);
    return { result, reads: paths };
  }
  const { reads: paths, ...result } = failure.parse(value);
  return { result: placed(result), reads: paths };
}

/** How rpm begins a line of an error with its place: `/specs/FILE:N: `, `/specs/FILE: line N: ` or `line N: `. */
const PLACE = /^(?:\/specs\/(?<file>[^:\n]+):(?: line )?(?<at>\d+)|line (?<line>\d+)): /m;

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
