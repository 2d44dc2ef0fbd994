import { buildError } from '../../domain/errors.ts';
import type { EntryType } from '../../domain/manifest.ts';

/** The files of a policy that say which label a path has; texts are latin1, so that they match any bytes. */
export interface ContextFiles {
  /** file_contexts, file_contexts.homedirs and file_contexts.local, in this order: what comes later counts. */
  readonly contexts: readonly string[];
  /** file_contexts.subs, then file_contexts.subs_dist: paths that are labelled as others. */
  readonly substitutions: readonly string[];
}

/** The label of an absolute path (bytes as latin1); undefined where a policy gives it none. */
export type LabelOf = (path: string, type: EntryType) => string | undefined;

interface Rule {
  /** What every path begins with that it matches. */
  readonly prefix: string;
  readonly pattern: RegExp;
  readonly type: EntryType | undefined;
  readonly label: string | undefined;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  ...{ '--': 'file', '-d': 'directory', '-l': 'symlink', '-c': 'char', '-b': 'block' },
  ...{ '-p': 'fifo', '-s': 'socket' },
};
const NO_LABEL = '<<none>>';
const META = /[.^$?*+|[({]/;

/**
 * Reads the rules of a policy. Of those that match a path the last counts, and one without wildcards before any that
 * has some. Throws `SELINUX_CONTEXTS` with the line of a rule that is none. Source: libselinux, file_contexts(5),
 * file_contexts.subs(5), label_file.c.
 */
export function labelFinder({ contexts, substitutions }: ContextFiles): LabelOf {
  const rules = contexts.flatMap((text) => lines(text).map(readRule));
  const wild = rules.filter(({ isExact }) => !isExact).reverse();
  const exact = rules.filter(({ isExact }) => isExact).reverse();
  const ordered: readonly Rule[] = [...exact, ...wild].map(({ rule }) => rule);
  const steps = substitutions.map((text) => lines(text).map(readSubstitution));
  return (path, type) => {
    const known = steps.reduce(substituted, path);
    const matches = ({ prefix, pattern, type: only }: Rule): boolean =>
      (only === undefined || only === type) && known.startsWith(prefix) && pattern.test(known);
    return ordered.find(matches)?.label;
  };
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function readRule(line: string): { readonly rule: Rule; readonly isExact: boolean } {
  const [regex = '', ...rest] = line.split(/\s+/);
  const [flag, label] = rest.length === 2 ? rest : [undefined, rest[0]];
  const type = flag === undefined ? undefined : TYPES[flag];
  if (label === undefined || rest.length > 2 || (flag !== undefined && type === undefined)) {
    throw contextsError(line);
  }
  const { prefix, isExact } = literalPrefix(regex);
  try {
    const rule = { prefix, type, pattern: new RegExp(`^(?:${regex})$`, 's') };
    return { rule: { ...rule, label: label === NO_LABEL ? undefined : label }, isExact };
  } catch {
    throw contextsError(line);
  }
}

/** What stands before the first wildcard, and whether there is none. */
function literalPrefix(regex: string): { readonly prefix: string; readonly isExact: boolean } {
  let prefix = '';
  for (let at = 0; at < regex.length; at += 1) {
    const isEscaped = regex[at] === '\\';
    const char = isEscaped ? regex[at + 1] : regex[at];
    if (char === undefined || (isEscaped && /\w/.test(char)) || (!isEscaped && META.test(char))) {
      // What repeats may be missing, and an alternative begins anew.
      const isOptional = char !== undefined && /[?*{]/.test(char);
      return { prefix: regex.includes('|') ? '' : isOptional ? prefix.slice(0, -1) : prefix, isExact: false };
    }
    prefix += char;
    if (isEscaped) at += 1;
  }
  return { prefix, isExact: true };
}

function readSubstitution(line: string): readonly [from: string, to: string] {
  const [from, to, ...rest] = line.split(/\s+/);
  if (from === undefined || to === undefined || rest.length > 0) throw contextsError(line);
  return [from, to];
}

function substituted(path: string, pairs: readonly (readonly [string, string])[]): string {
  const found = pairs.find(([from]) => path === from || path.startsWith(`${from}/`));
  if (found === undefined) return path;
  const [from, to] = found;
  return to === '/' ? path.slice(from.length) || '/' : `${to}${path.slice(from.length)}`;
}

function contextsError(line: string): Error {
  return buildError('SELINUX_CONTEXTS', `the policy's file_contexts have a line that is no rule: ${line}`);
}
