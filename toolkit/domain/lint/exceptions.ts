import type { SrpmId } from '../graph.ts';
import { nearestName } from '../nearest.ts';
import { exceptionComments, placeMatcher } from '../spec-exceptions.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { RULES } from './rules.ts';

/** A line `# lint: RULE SUBJECT - reason` of a spec. */
export interface LintException {
  /** Line in the spec, from 1. */
  readonly line: number;
  /** Id of a rule, or a pattern of ids. */
  readonly rule: string;
  /** Name of a package, or the place that a finding names: a path (or a pattern of paths), capability, source. */
  readonly subject: string;
  readonly reason: string;
}

/** A finding that a spec takes responsibility for. */
export interface Exempted {
  readonly finding: Finding;
  readonly reason: string;
}

/** The exceptions of one spec, and what is wrong with their lines. */
export interface SpecExceptions {
  readonly source: Subject;
  readonly exceptions: readonly LintException[];
  readonly problems: readonly Finding[];
}

const RULE_NAMES = Object.keys(RULES).filter((name) => !name.startsWith('exception-'));

/** Reads the `# lint:` lines of a spec's text. */
export function readExceptions(text: string, source: Subject): SpecExceptions {
  const exceptions: LintException[] = [];
  const problems: Finding[] = [];
  for (const { line, words, reason } of exceptionComments(text, 'lint')) {
    const [rule = '', subject, ...more] = words;
    const problem =
      ruleProblem(rule) ??
      (subject === undefined || more.length > 0 ? `it names ${words.length - 1} subjects` : undefined) ??
      (reason === '' ? 'it has no reason' : undefined);
    if (problem === undefined) exceptions.push({ line, rule, subject: subject!, reason });
    else problems.push(finding('exception-invalid', source, undefined, problem, line));
  }
  return { source, exceptions, problems };
}

function ruleProblem(rule: string): string | undefined {
  if (RULE_NAMES.some(placeMatcher(rule))) return undefined;
  const nearest = nearestName(rule, RULE_NAMES);
  return `there is no rule '${rule}'${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
}

/**
 * Parts findings into those that stand and those that an exception of their spec takes away. Of the specs in
 * `complete`, whose every package was looked at, an exception that takes nothing away is a finding.
 */
export function applyExceptions(
  findings: readonly Finding[],
  bySpec: ReadonlyMap<SrpmId, SpecExceptions>,
  complete: ReadonlySet<SrpmId>,
): { readonly findings: readonly Finding[]; readonly exempted: readonly Exempted[] } {
  const matchers = new Map(
    [...bySpec].map(([id, { exceptions }]) => [id, exceptions.map((one) => [one, matcherOf(one)] as const)]),
  );
  const left: Finding[] = [];
  const exempted: Exempted[] = [];
  const used = new Set<LintException>();
  for (const one of findings) {
    const specs = [one.spec, one.other?.spec].filter((spec) => spec !== undefined);
    const matching = specs
      .flatMap((spec) => matchers.get(spec) ?? [])
      .filter(([, covers]) => covers(one))
      .map(([exception]) => exception);
    for (const exception of matching) used.add(exception);
    const [first] = matching;
    if (first === undefined) left.push(one);
    else exempted.push({ finding: one, reason: first.reason });
  }
  for (const [id, { source, exceptions, problems }] of bySpec) {
    left.push(...problems);
    const idle = complete.has(id) ? exceptions.filter((exception) => !used.has(exception)) : [];
    for (const { line, rule, subject } of idle) {
      left.push(finding('exception-unused', source, undefined, `no ${rule} is found in ${subject}`, line));
    }
  }
  return { findings: left, exempted };
}

function matcherOf({ rule, subject }: LintException): (one: Finding) => boolean {
  const isRule = placeMatcher(rule);
  const isPlace = placeMatcher(subject);
  return ({ rule: id, package: name, other, at }) =>
    isRule(id) && (subject === name || subject === other?.package || (at !== undefined && isPlace(at)));
}
