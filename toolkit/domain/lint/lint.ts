import type { SrpmId } from '../graph.ts';
import { byCodeUnit } from '../text.ts';
import { lintClashes } from './clash-rules.ts';
import type { LintedHeader, LintedPackage } from './content.ts';
import { lintElf } from './elf-rules.ts';
import { applyExceptions, type Exempted, readExceptions } from './exceptions.ts';
import { lintFiles } from './file-rules.ts';
import type { Finding } from './finding.ts';
import { lintHeader, lintLicenseTexts } from './header-rules.ts';
import { lintLayout } from './layout-rules.ts';
import { lintLinks } from './link-rules.ts';
import { lintModes } from './mode-rules.ts';
import { lintRequirements, type Meets } from './requirement-rules.ts';
import { specLine } from './spec-lines.ts';
import { type LintedSpec, lintSpec, sourceSubject } from './spec-rules.ts';

/** All that the rules look at. */
export interface LintInput {
  /** The specs to be judged, by their path. */
  readonly specs: ReadonlyMap<SrpmId, LintedSpec>;
  /** Specs whose findings are judged with theirs, for exceptions of clashes: all that there are. */
  readonly otherSpecs: ReadonlyMap<SrpmId, LintedSpec>;
  /** The packages to be judged: of these specs, or given as files. */
  readonly packages: readonly LintedPackage[];
  /** Every package of the distribution that is built, those to be judged too. */
  readonly all: readonly LintedHeader[];
  readonly meets: Meets;
}

export interface LintResult {
  /** Sorted by spec, package, rule and place. */
  readonly findings: readonly Finding[];
  readonly exempted: readonly Exempted[];
}

/** Applies every rule, and the exceptions that stand in the specs. Pure. */
export function lint({ specs, otherSpecs, packages, all, meets }: LintInput): LintResult {
  const built = new Set(packages.flatMap(({ spec }) => (spec === undefined ? [] : [spec])));
  const found = [
    ...[...specs].flatMap(([id, spec]) => lintSpec(spec, built.has(id))),
    ...packages.flatMap((linted) => [
      ...lintHeader(linted),
      ...lintModes(linted),
      ...lintLayout(linted),
      ...lintFiles(linted),
      ...lintElf(linted),
      ...lintRequirements(linted, meets),
    ]),
    ...lintLicenseTexts(
      packages.filter(({ spec }) => spec !== undefined),
      (spec) => specs.get(spec!)?.scan.source.name ?? spec!,
    ),
    ...lintClashes(packages, all),
    ...lintLinks(packages, all),
  ];
  const exceptionsOf = (some: ReadonlyMap<SrpmId, LintedSpec>) =>
    [...some].map(([id, spec]) => [id, readExceptions(spec.text.text, sourceSubject(spec))] as const);
  const others = exceptionsOf(otherSpecs).map(([id, one]) => [id, { ...one, problems: [] }] as const);
  const bySpec = new Map([...others, ...exceptionsOf(specs)]);
  const { findings, exempted } = applyExceptions(found, bySpec, built);
  const placed = findings.map((one) => placeInSpec(one, specs));
  return { findings: placed.toSorted((a, b) => byCodeUnit(sortKey(a), sortKey(b))), exempted };
}

function placeInSpec(one: Finding, specs: ReadonlyMap<SrpmId, LintedSpec>): Finding {
  const spec = one.spec === undefined ? undefined : specs.get(one.spec);
  if (spec === undefined || one.line !== undefined) return one;
  return { ...one, line: specLine(spec.text, one) };
}

function sortKey({ spec, package: name, rule, at }: Finding): string {
  return [spec, name, rule, at].join('\0');
}
