import { parseCapability, satisfies } from '../capability.ts';
import { formatRelation } from '../relation.ts';
import type { LintedHeader, PackagedFile } from './content.ts';
import { type Finding, finding } from './finding.ts';
import type { RuleId } from './rules.ts';

/**
 * Paths that `chosen` packages share with any package that can be installed beside them. Folders may be shared
 * with the same mode and owner.
 */
export function lintClashes(chosen: readonly LintedHeader[], all: readonly LintedHeader[]): Finding[] {
  const owners = Map.groupBy(
    all.flatMap((header) => header.files.map((file) => ({ header, file }))),
    ({ file }) => file.path,
  );
  const together = rememberPairs(canBeTogether);
  return chosen.flatMap((header) =>
    header.files.flatMap((file) => {
      const others = owners.get(file.path) ?? [];
      return others.flatMap((other) => {
        if (other.header.package.name === header.package.name) return [];
        // rpm lets a ghost be where another package has a file.
        if (file.isGhost || other.file.isGhost) return [];
        const what = difference(file, other.file);
        if (what === undefined && file.type === 'folder') return [];
        if (!together(header, other.header)) return [];
        const { spec, package: package_ } = header;
        const rival = { spec: other.header.spec, package: other.header.package.name };
        const [rule, words]: [RuleId, string] =
          what === undefined ? ['file-owned-twice', 'the same file'] : ['files-clash', `it with ${what}`];
        const subject = { spec, package: package_.name };
        return [{ ...finding(rule, subject, file.path, `${rival.package} has ${words}`), other: rival }];
      });
    }),
  );
}

function difference(one: PackagedFile, other: PackagedFile): string | undefined {
  if (one.type !== other.type) return `another type (${other.type})`;
  if (one.type !== 'link' && one.mode !== other.mode) return `mode ${(other.mode & 0o7777).toString(8)}`;
  if (one.user !== other.user || one.group !== other.group) return `owner ${other.user}:${other.group}`;
  return one.content === other.content ? undefined : 'other content';
}

function canBeTogether({ package: one }: LintedHeader, { package: other }: LintedHeader): boolean {
  const refuses = (a: typeof one, b: typeof one) => {
    const named = { name: b.name, flags: 'EQ', epoch: String(b.epoch), version: b.version } as const;
    const provides = [named, ...b.provides].map((relation) => parseCapability(formatRelation(relation)));
    return [...a.conflicts, ...a.obsoletes]
      .map((relation) => parseCapability(formatRelation(relation)))
      .some((wanted) => provides.some((provide) => satisfies(provide, wanted)));
  };
  return !refuses(one, other) && !refuses(other, one);
}

function rememberPairs(ask: (one: LintedHeader, other: LintedHeader) => boolean): typeof ask {
  const known = new Map<LintedHeader, Map<LintedHeader, boolean>>();
  return (one, other) => {
    const row = known.get(one) ?? new Map<LintedHeader, boolean>();
    known.set(one, row);
    const answer = row.get(other) ?? ask(one, other);
    row.set(other, answer);
    return answer;
  };
}
