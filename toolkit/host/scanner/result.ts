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

/**
 * One line of the scan helper: the number of a spec in `specs`, a blank, and what the process that parsed it
 * told. Undefined for what is no such line. The number is the helper's. The rest may be forged by what a spec
 * runs while it is parsed: what has not our form, or speaks of another spec, is a failure of that spec.
 */
export function parseScanLine(line: string, specs: readonly string[]): HelperScan | undefined {
  const number = /^(\d+) \{/.exec(line)?.[1];
  const spec = number === undefined ? undefined : specs[Number(number)];
  if (number === undefined || spec === undefined) return undefined;
  const answer = readAnswer(line.slice(number.length + 1));
  if (answer?.result.spec === spec) return answer;
  const message = 'what the spec runs while it is parsed wrote into the answer of rpm';
  return { result: { spec, error: { message, file: spec, line: null } }, reads: null };
}

function readAnswer(text: string): HelperScan | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('error' in value)) {
    const parsed = scan.safeParse(value);
    if (!parsed.success) return undefined;
    const { reads: paths, ...result } = parsed.data;
    return { result, reads: paths };
  }
  const failed = failure.safeParse(value);
  if (!failed.success) return undefined;
  const { reads: paths, ...result } = failed.data;
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
  if (error.line !== null || place === undefined) return { spec, error: { ...error, message } };
  const line = Number(place.at ?? place.line);
  return { spec, error: { message, file: place.file ?? error.file, line } };
}
