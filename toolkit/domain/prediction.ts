/**
 * Why a package that is not built yet is expected to provide what its spec does not state; the surest first.
 *
 * - `file`: %files names the very file (`x.pc`, `X/Y.pm`, `libx.so.1`, `x-1.0.dist-info`), as a path or by a
 *   pattern made for it;
 * - `pattern`: of a path: it is like a pattern of %files;
 * - `metadata`: a package of the same name on a package server provides it;
 * - `name`: the package is called so (`perl-X-Y`, `python3-x`, `rubygem-x`, `x-devel`);
 * - `source`: what its spec or the archive of its spec is called says so;
 * - `wildcard`: %files has a pattern for all files of the kind (`*.pc`), and the names agree;
 * - `family`: a Perl module under the one that the package is named for;
 * - `folder`: %files has a folder that the file would lie in;
 * - `usr-merge`: the same path with /usr before it, or without.
 */
export type PredictionRule = (typeof PREDICTION_RULES)[number];

export const PREDICTION_RULES = [
  'file',
  'pattern',
  'metadata',
  'name',
  'source',
  'wildcard',
  'family',
  'folder',
  'usr-merge',
] as const;

const ranks: ReadonlyMap<PredictionRule, number> = new Map(
  PREDICTION_RULES.map((rule, at) => [rule, at + 1]),
);

/** 0 for what is stated; then the higher, the less sure. */
export function predictionRank(rule: PredictionRule | undefined): number {
  return rule === undefined ? 0 : ranks.get(rule)!;
}

/** A capability of a kind that builds reveal. */
export interface Revealed {
  readonly kind: 'pkgconfig' | 'perl' | 'python' | 'rubygem' | 'cmake' | 'soname' | 'path';
  /** The module, library, distribution or path. Of one spelling where several mean the same. */
  readonly subject: string;
}

/**
 * Takes the name of a capability apart if rpm's dependency generators make such at the end of a build.
 * Symbol versions of a library, extras of a Python distribution and Python's minor version do not count.
 */
export function parseRevealed(name: string): Revealed | undefined {
  if (name.startsWith('/')) {
    return { kind: 'path', subject: name };
  }
  const parts = /^([^()]+)\(([^()]*)\)/.exec(name);
  if (parts === null) {
    return undefined;
  }
  const kind = parts[1]!;
  const subject = parts[2]!;
  switch (kind) {
    case 'pkgconfig':
    case 'rubygem':
      return { kind, subject };
    case 'cmake':
      return { kind, subject: subject.toLowerCase() };
    case 'perl':
      return /^[A-Za-z_]\w*(::\w+)*$/.test(subject) ? { kind, subject } : undefined;
    default:
      if (/^python3(\.\d+)?dist$/.test(kind)) {
        return { kind: 'python', subject: foldName(subject.replace(/\[.*/, '')) };
      }
      return /\.so\.\d/.test(kind) && name.endsWith('(64bit)')
        ? { kind: 'soname', subject: kind }
        : undefined;
  }
}

/** A name in lower case, with runs of `-`, `_`, `.` and `+` as one hyphen. Source: PEP 503, with `+`. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[-_.+]+/g, '-');
}
