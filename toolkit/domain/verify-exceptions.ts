import type { ComparedPackage, PackageDifference } from './difference.ts';
import { usageError } from './errors.ts';
import { exceptionComments, placeMatcher } from './spec-exceptions.ts';

/** A difference between two builds that a spec owns up to. */
export interface VerifyException {
  /** Line in the spec, from 1. */
  readonly line: number;
  /** Path of a file or folder (or a pattern of paths), or the name of a binary package. */
  readonly subject: string;
  readonly reason: string;
}

/**
 * The comments `# verify: FILE-OR-PACKAGE - reason` of a spec. Throws `VERIFY_EXCEPTION_INVALID`, naming
 * `spec` and the line, for one without a subject or a reason.
 */
export function parseVerifyExceptions(text: string, spec: string): VerifyException[] {
  return exceptionComments(text, 'verify').map(({ line, text: comment, words, reason }) => {
    const [subject, ...more] = words;
    if (subject === undefined || more.length > 0 || reason === '') {
      throw usageError(
        'VERIFY_EXCEPTION_INVALID',
        `${spec}:${line}: '${comment}' does not say what differs and why`,
        { hint: 'Write # verify: FILE-OR-PACKAGE - reason', docs: 'docs/verify.md' },
      );
    }
    return { line, subject, reason };
  });
}

/** What exceptions make of the differences of one source package. */
export interface ExceptedDifferences {
  /** The differences that no exception covers, by package; packages without any are left out. */
  readonly open: readonly ComparedPackage[];
  readonly unused: readonly VerifyException[];
}

/** Takes away what the exceptions cover. */
export function applyExceptions(
  packages: readonly ComparedPackage[],
  exceptions: readonly VerifyException[],
): ExceptedDifferences {
  const matchers = exceptions.map((exception) => ({ exception, matches: matcherOf(exception) }));
  const used = new Set<VerifyException>();
  const open: ComparedPackage[] = [];
  for (const one of packages) {
    const left = one.differences.filter((difference) => {
      const covering = matchers.filter(({ matches }) => matches(one, difference));
      for (const { exception } of covering) used.add(exception);
      return covering.length === 0;
    });
    if (left.length > 0) open.push({ ...one, differences: left });
  }
  return { open, unused: exceptions.filter((exception) => !used.has(exception)) };
}

type Matcher = (one: ComparedPackage, difference: PackageDifference) => boolean;

function matcherOf({ subject }: VerifyException): Matcher {
  if (!subject.startsWith('/')) return ({ name }) => name === subject;
  const isMeant = placeMatcher(subject);
  return (_one, { what, name }) => what === 'file' && isMeant(name);
}
