import { z } from 'zod';
import { usageError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest.ts';
import { isPlainFileName, type SourceAlternative, type SourceSignatures } from '../domain/sources.ts';
import { checkDocument, parseConfigDocument } from './image-document.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 is wanted: 64 lower-case hexadecimal digits');
const fileName = z.string().refine(isPlainFileName, 'a file name is wanted, without folders');
const url = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^(?:https?|file):/.test(text),
    'a http, https or file URL is wanted',
  );

const signaturesSchema = z.strictObject({
  Signatures: z.record(z.string(), sha256),
  Alternatives: z
    .record(
      z.string(),
      z.array(z.strictObject({ file: fileName.optional(), url: url.optional(), sha256 })).min(1),
    )
    .optional(),
});

const SECTIONS = ['Signatures', 'Alternatives'] as const;

/**
 * Content of a `NAME.signatures.json`: `Signatures` as Azure Linux writes it (its tools read JSON, the case of
 * keys does not count), `Alternatives` as our addition. `file` is the name for messages. Throws `SIGNATURES_INVALID` with every problem, each with line and column.
 */
export function parseSignatures(text: string, file: string): SourceSignatures {
  const parsed = parseConfigDocument(file, text);
  const document = { ...parsed, value: withSectionNames(parsed.value) };
  const { value, problems } = checkDocument(document, signaturesSchema);
  if (value === undefined) throw invalid(problems);
  const wrongNames = SECTIONS.flatMap((section) =>
    Object.keys(value[section] ?? {})
      .filter((name) => !isPlainFileName(name))
      .map((name) => document.problemAtKey([section], name, 'a file name is wanted, without folders')),
  );
  const known = Object.keys(value.Signatures);
  const strays = Object.keys(value.Alternatives ?? {})
    .filter((name) => !Object.hasOwn(value.Signatures, name))
    .map((name) => document.problemAtKey(['Alternatives'], name, strayMessage(name, known)));
  if (wrongNames.length + strays.length > 0) throw invalid([...wrongNames, ...strays]);
  const alternatives = Object.entries(value.Alternatives ?? {}).map(
    ([name, list]): [string, SourceAlternative[]] => [name, list.map(toAlternative)],
  );
  return { signatures: new Map(Object.entries(value.Signatures)), alternatives: new Map(alternatives) };
}

function withSectionNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const named = Object.entries(value).map(([key, section]) => {
    const name = SECTIONS.find((one) => one.toLowerCase() === key.toLowerCase());
    return [name === undefined || Object.hasOwn(value, name) ? key : name, section];
  });
  return Object.fromEntries(named);
}

/** Text of a signatures file: sorted names, two spaces, newline at the end; `Alternatives` only where any are. */
export function formatSignatures({ signatures, alternatives }: SourceSignatures): string {
  const listed = sortedRecord(alternatives);
  const content = {
    Signatures: sortedRecord(signatures),
    ...(alternatives.size === 0 ? {} : { Alternatives: listed }),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function toAlternative(listed: {
  file?: string | undefined;
  url?: string | undefined;
  sha256: string;
}): SourceAlternative {
  return {
    ...(listed.file === undefined ? {} : { file: listed.file }),
    ...(listed.url === undefined ? {} : { url: listed.url }),
    sha256: listed.sha256,
  };
}

function sortedRecord<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function strayMessage(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return `'${name}' has alternatives and no signature${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
}

function invalid(problems: readonly { file: string; line: number; column: number; message: string }[]) {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return usageError('SIGNATURES_INVALID', lines.join('\n'), {
    hint: 'Correct the file, or let SRPM_FILE_SIGNATURE_HANDLING=update write it.',
  });
}
