import { formatRelation } from '../relation.ts';
import type { LintedPackage } from './content.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { fileName } from './folders.ts';

/** Who meets a requirement: a package of the distribution or a package server, only the seed root, or nobody. */
export type Meets = (requirement: string) => 'packages' | 'seed' | 'nobody';

/** Requirements that cannot be met where the distribution is installed. */
export function lintRequirements(linted: LintedPackage, meets: Meets): Finding[] {
  const subject: Subject = { spec: linted.spec, package: linted.package.name };
  const asked = new Set(linted.package.requires.map(formatRelation));
  const unmet = [...asked].filter((text) => !ACCOUNT.test(text) && meets(text) !== 'packages');
  // One library is asked for by many versions of its symbols: that is one finding.
  const wanted = [...Map.groupBy(unmet, (text) => SONAME.exec(text)?.[1] ?? text)].map(([name, all]) => {
    const who = all.every((one) => meets(one) === 'seed')
      ? 'only the seed root has it'
      : 'nobody provides it';
    if (!SONAME.test(all[0]!)) return finding('requires-unmet', subject, name, who);
    const more = all.length === 1 ? '' : ` and ${all.length - 1} more forms of it`;
    return finding('soname-unmet', subject, name, `${who}: ${all[0]}${more}`);
  });
  return [...wanted, ...lintNeeded(linted, asked, meets, subject), ...lintOwners(linted, meets, subject)];
}

/** What rpm requires of the owners of files. */
const ACCOUNT = /^(?:user|group)\(/;

/** Owners that no package makes: rpm would give their files to root. */
function lintOwners({ files }: LintedPackage, meets: Meets, subject: Subject): Finding[] {
  const byOwner = [
    ...Map.groupBy(files, ({ user }) => `user(${user})`),
    ...Map.groupBy(files, ({ group }) => `group(${group})`),
  ];
  return byOwner.flatMap(([account, [first, ...more]]) => {
    if (/\((?:root|0)?\)$/.test(account) || meets(account) === 'packages') return [];
    const others = more.length === 0 ? '' : ` (and of ${more.length} more)`;
    return [finding('owner-unknown', subject, first!.path, `no package makes its ${account}${others}`)];
  });
}

/** A shared library as rpm requires it: `libc.so.6(GLIBC_2.4)(64bit)`. */
const SONAME = /^([^/\s()]+\.so[^/\s()]*)\(/;

/** Libraries that rpm wrote no requirement for, because a filter of the spec took it away. */
function lintNeeded(
  { files, contents }: LintedPackage,
  asked: ReadonlySet<string>,
  meets: Meets,
  subject: Subject,
): Finding[] {
  const own = new Set(files.map(({ path }) => fileName(path)));
  return files.flatMap(({ path }) => {
    const elf = contents.get(path)?.elf;
    return (elf?.needed ?? []).flatMap((soname) => {
      const forms = elf?.bits === 64 ? [`${soname}()(64bit)`, soname] : [soname];
      const isKnown =
        own.has(soname) || [...asked].some((one) => one === soname || one.startsWith(`${soname}(`));
      return isKnown || forms.some((form) => meets(form) === 'packages')
        ? []
        : [finding('soname-unmet', subject, path, `it needs ${soname}, which no package provides`)];
    });
  });
}
