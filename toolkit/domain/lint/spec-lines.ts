import { fileName } from './folders.ts';
import type { RuleId } from './rules.ts';
import type { SpecText, SpecTextPackage } from './spec-text.ts';

/** The tags that findings are about. */
const TAG_OF: { readonly [Rule in RuleId]?: string } = {
  'license-missing': 'license',
  'license-not-spdx': 'license',
  'summary-missing': 'summary',
  'summary-style': 'summary',
  'url-missing': 'url',
};

/**
 * The line of a spec that a finding comes from: the tag that it is about, the entry of %files that ends with
 * the file's name, else where %files or the package begins. Undefined when the text does not tell.
 */
export function specLine(
  { packages }: SpecText,
  found: { readonly rule: RuleId; readonly package: string; readonly at: string | undefined },
): number | undefined {
  const own = packages.find((one) => one.name === found.package);
  const tag = TAG_OF[found.rule];
  if (tag !== undefined) return (own?.tags.get(tag) ?? packages[0]?.tags.get(tag))?.number ?? own?.line;
  if (own === undefined) return undefined;
  if (found.rule === 'description-missing') return own.description ?? own.line;
  if (found.at?.startsWith('/') === true) return fileEntry(own, found.at) ?? own.filesLine;
  return own === packages[0] ? undefined : own.line;
}

function fileEntry({ files }: SpecTextPackage, path: string): number | undefined {
  const end = `/${fileName(path)}`;
  return files.find(({ text }) => text.trimEnd().endsWith(end))?.number;
}
