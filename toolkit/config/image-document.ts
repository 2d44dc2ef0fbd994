import {
  type CollectionTag,
  type Document,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  YAMLMap,
  type YAMLParseError,
  YAMLSeq,
  type YAMLWarning,
} from 'yaml';
import type { z } from 'zod';
import { nearestName } from '../domain/nearest.ts';
import { keysAt } from './schema-keys.ts';

/** Something wrong in a user's file, and where. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What stands before a list or mapping that is not laid over another one, but takes its place. */
const REPLACE = '!replace';
const TAGS: CollectionTag[] = [
  { tag: REPLACE, collection: 'seq', nodeClass: YAMLSeq },
  { tag: REPLACE, collection: 'map', nodeClass: YAMLMap },
];

/** Problems as `file:line:column: message`, in the order of their places. */
export function problemLines(problems: readonly ConfigProblem[]): string {
  return problems
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)
    .join('\n');
}

/** A YAML (or JSON) file whose values still know their places. */
export interface ConfigDocument {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  readonly value: unknown;
  /** A problem at the value of a path, or at the nearest thing around it that exists. */
  problemAt(path: readonly PropertyKey[], message: string): ConfigProblem;
  /** Whether `!replace` stands before the value of a path. */
  replaces(path: readonly PropertyKey[]): boolean;
  /** A problem at a key of the mapping at a path. */
  problemAtKey(path: readonly PropertyKey[], key: string, message: string): ConfigProblem;
}

/** Parses YAML 1.2, of which JSON is a part. Never throws: syntax errors are `problems`. */
export function parseConfigDocument(file: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, customTags: TAGS, logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  const place = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const problems = [...document.errors, ...document.warnings].map((error) =>
    place(error.pos[0], syntaxMessage(error)),
  );
  const tell = (offset: number, message: string): void => void problems.push(place(offset, message));
  return {
    file,
    problems,
    value: problems.length === 0 ? plainValue(document, tell) : undefined,
    problemAt: (path, message) => place(offsetOf(document, path), message),
    replaces: (path) => nodeAt(document, path)?.tag === REPLACE,
    problemAtKey: (path, key, message) => place(offsetOfKey(document, path, key), message),
  };
}

function syntaxMessage({ code, message }: YAMLParseError | YAMLWarning): string {
  return code === 'MULTIPLE_DOCS' ? 'a second document begins here, and one is wanted' : message;
}

/** Undefined where an alias stands for nothing, or aliases for more than anybody means. */
function plainValue(document: Document.Parsed, tell: (offset: number, message: string) => void): unknown {
  let isWhole = true;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      isWhole = false;
      const { source, range } = alias;
      tell(
        range?.[0] ?? 0,
        `nothing above is marked '&${source}'; a text that begins with '*' is put in quotes`,
      );
    },
  });
  try {
    return isWhole ? document.toJS() : undefined;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    tell(0, 'its aliases stand for too much: write it out');
    return undefined;
  }
}

/** Checks a document against a schema; the typed value, or all that is wrong with it. */
export function checkDocument<T extends z.ZodType>(
  document: ConfigDocument,
  schema: T,
): { readonly value: z.infer<T> | undefined; readonly problems: readonly ConfigProblem[] } {
  if (document.problems.length > 0) return { value: undefined, problems: document.problems };
  const result = schema.safeParse(document.value ?? {});
  if (result.success) return { value: result.data, problems: [] };
  return {
    value: undefined,
    problems: result.error.issues.flatMap((issue) => describe(document, schema, issue)),
  };
}

function describe(document: ConfigDocument, schema: z.ZodType, issue: z.core.$ZodIssue): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) =>
      document.problemAtKey(issue.path, key, unknownName(`key '${key}'`, key, known)),
    );
  }
  if (issue.code === 'invalid_union') {
    const inner = chosenOption(issue);
    if (inner !== undefined) return inner.flatMap((one) => describe(document, schema, one));
  }
  const value = valueAt(document.value, issue.path);
  const last = issue.path.at(-1);
  if (value === undefined && typeof last === 'string') {
    return [document.problemAt(issue.path.slice(0, -1), `'${last}' is missing: ${wanted(issue)}`)];
  }
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    return [document.problemAt(issue.path, unknownName(`value '${value}'`, value, issue.values.map(String)))];
  }
  return [document.problemAt(issue.path, wanted(issue))];
}

/** What is wrong with the one option of a choice that is of the value's type. */
function chosenOption({ errors, path }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const meant = errors.filter((issues) =>
    issues.every((issue) => issue.code !== 'invalid_type' || issue.path.length > 0),
  );
  return meant.length === 1
    ? meant[0]!.map((issue) => ({ ...issue, path: [...path, ...issue.path] }))
    : undefined;
}

function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `${issue.expected === 'array' ? 'a list' : `a value of type ${issue.expected}`} is wanted`;
  }
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) {
    return `at least ${issue.minimum}${unitOf(issue)} wanted`;
  }
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) {
    return `at most ${issue.maximum}${unitOf(issue)} wanted`;
  }
  return issue.message;
}

function unitOf({ origin }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (origin === 'string') return ' letters are';
  return origin === 'array' ? ' of a list are' : ' is';
}

/** `unknown key 'x'; did you mean 'y'?`, or what names there are. */
function unknownName(what: string, name: string, known: readonly string[]): string {
  if (name === 'password' && known.includes('passwordHash')) {
    return "a password is given as its hash: write passwordHash, made by 'openssl passwd -6'";
  }
  const nearest = nearestName(name, known);
  const advice =
    nearest === undefined ? `known are ${[...known].sort().join(', ')}` : `did you mean '${nearest}'?`;
  return `unknown ${what}; ${advice}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.entries(current).find(([key]) => key === String(step))?.[1];
  }
  return current;
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range) return node.range[0];
  }
  return 0;
}

function offsetOfKey(document: Document.Parsed, path: readonly PropertyKey[], key: string): number {
  const node = nodeAt(document, path);
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  return offsetOf(document, path);
}

function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    if (!isCollection(node)) return undefined;
    node = node.get(step, true);
  }
  return isCollection(node) || isScalar(node) ? node : undefined;
}
