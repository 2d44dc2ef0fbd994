import type { LintedHeader } from './content.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { licenseProblem } from './licenses.ts';

/** What is wrong with what a built package says of itself. */
export function lintHeader(header: LintedHeader): Finding[] {
  const { package: package_, files, spec } = header;
  const subject: Subject = { spec, package: package_.name };
  const isMissing = (
    rule: 'license-missing' | 'summary-missing' | 'description-missing' | 'url-missing',
    text: string,
  ) => (text.trim() === '' ? [finding(rule, subject, undefined, 'it is empty')] : []);
  return [
    ...isMissing('license-missing', package_.license),
    ...lintLicense(package_.license, subject),
    ...isMissing('summary-missing', package_.summary),
    ...lintSummary(package_.summary, subject),
    ...isMissing('description-missing', package_.description),
    ...isMissing('url-missing', package_.url),
    ...(files.length === 0 && !requiresOthers(header)
      ? [finding('package-empty', subject, undefined, 'it has no file and requires no package')]
      : []),
  ];
}

/** A licence that is no SPDX expression. */
export function lintLicense(license: string, subject: Subject): Finding[] {
  const problem = license.trim() === '' ? undefined : licenseProblem(license);
  return problem === undefined
    ? []
    : [finding('license-not-spdx', subject, undefined, `'${license}': ${problem}`)];
}

/** A line of a list of packages. */
const LONGEST_SUMMARY = 79;

/** A summary that is no short headline. */
export function lintSummary(summary: string, subject: Subject): Finding[] {
  const of = (what: string) => [finding('summary-style', subject, undefined, what)];
  if (summary.includes('\n')) return of('it has several lines');
  if (/\.\s*$/.test(summary)) return of('it ends with a dot');
  return summary.length > LONGEST_SUMMARY ? of(`it has ${summary.length} characters`) : [];
}

function requiresOthers({ package: { name, requires, provides } }: LintedHeader): boolean {
  const own = new Set([name, ...provides.map((one) => one.name)]);
  return requires.some((one) => !own.has(one.name) && !one.name.startsWith('rpmlib('));
}

/** Source packages of which no package holds a licence text. `source` gives the name of a spec's. */
export function lintLicenseTexts(
  packages: readonly LintedHeader[],
  source: (spec: LintedHeader['spec']) => string,
): Finding[] {
  const specs = Map.groupBy(packages, ({ spec }) => spec);
  return [...specs]
    .filter(([, made]) => !made.some(({ files }) => files.some(({ isLicense }) => isLicense)))
    .map(([spec]) => {
      const what = 'none of its packages holds a licence text';
      return finding('license-text-missing', { spec, package: source(spec) }, undefined, what);
    });
}
