import type { Exempted } from '../domain/lint/exceptions.ts';
import type { Finding } from '../domain/lint/finding.ts';
import { RULES } from '../domain/lint/rules.ts';
import { count, type Paint, printable } from './answers/text.ts';

/** What is told: `LintReport` of the pipeline. */
export interface LintFindings {
  readonly findings: readonly Finding[];
  readonly exempted: readonly Exempted[];
  readonly specs: number;
  readonly packages: number;
  readonly notBuilt: readonly { readonly name: string; readonly because: string }[];
}

/** More of one rule in one package nobody reads; --json lists all. */
const SHOWN = 5;

/** Each finding as compilers tell theirs, each rule with what to do; then what was not judged, and a summary. */
export function lintText(report: LintFindings, paint: Paint): string {
  const groups = Map.groupBy(report.findings, (one) => [one.spec, one.package, one.rule].join('\0'));
  const told = [...groups.values()].map((findings) => groupText(findings, paint));
  const notBuilt = report.notBuilt.map(({ name, because }) => {
    return `${paint.warn('not built')}: ${printable(name)} (${printable(because)}): only its spec was judged\n`;
  });
  return [...told, ...notBuilt, `${summaryOf(report)}\n`].join('');
}

/** `2 errors, 1 warning in 3 specs and 5 packages; 1 exception`. */
export function summaryOf({ findings, exempted, specs, packages }: LintFindings): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const found = `${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`;
  const excepted = exempted.length === 0 ? '' : `; ${count(exempted.length, 'finding')} excepted`;
  return `${found} in ${count(specs, 'spec')} and ${count(packages, 'package')}${excepted}`;
}

/** Findings of one rule in one package. */
function groupText(findings: readonly Finding[], paint: Paint): string {
  const { rule, severity } = findings[0]!;
  const mark = severity === 'error' ? paint.strong(severity) : paint.warn(severity);
  const lines = findings.slice(0, SHOWN).map((one) => {
    const line = one.line === undefined ? '' : `:${one.line}`;
    const place = [one.package, ...(one.at === undefined ? [] : [one.at])];
    const words = [...place, one.what].map(printable).join(': ');
    return `${printable(one.spec ?? 'RPM file')}${line}: ${mark} ${rule}: ${words}\n`;
  });
  const rest = findings.length - lines.length;
  const more = rest === 0 ? '' : `    ... and ${rest} more of them (--json lists all)\n`;
  return `${lines.join('')}${more}${paint.faint(`    ${RULES[rule].remedy}`)}\n`;
}
