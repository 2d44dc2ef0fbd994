import type { SrpmId } from '../graph.ts';
import { RULES, type RuleId, type Severity } from './rules.ts';

/** Whose findings a rule makes. */
export interface Subject {
  readonly spec: SrpmId | undefined;
  readonly package: string;
}

/** Something that a rule found. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** Path of the spec; undefined for an RPM that was given as a file. */
  readonly spec: SrpmId | undefined;
  /** Line of the spec that it comes from, from 1, where that is known. */
  readonly line: number | undefined;
  /** The package that has it; of a finding about the spec, the source package. */
  readonly package: string;
  /** Path in the package, capability or source; undefined where it is about the whole. */
  readonly at: string | undefined;
  /** What is wrong. */
  readonly what: string;
  /** The other of a finding about two packages: exceptions of its spec count as well. */
  readonly other?: Subject;
}

/** Makes a finding of a rule. Where its line is not known yet, `specLine` may find it. */
export function finding(
  rule: RuleId,
  { spec, package: name }: Subject,
  at: string | undefined,
  what: string,
  line?: number,
): Finding {
  return { rule, severity: RULES[rule].severity, spec, line, package: name, at, what };
}
