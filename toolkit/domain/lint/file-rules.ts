import type { LintedPackage, PackagedFile } from './content.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { isDocPath } from './folders.ts';
import type { RuleId } from './rules.ts';

/** What is wrong with single files: what they are for and what is in them, as far as the header tells. */
export function lintFiles({ spec, package: { name }, files }: LintedPackage): Finding[] {
  const subject: Subject = { spec, package: name };
  const found = files.flatMap((file) => {
    if (file.type !== 'file' || file.isGhost) return [];
    const of = (rule: RuleId, what: string | undefined) =>
      what === undefined ? [] : [finding(rule, subject, file.path, what)];
    return [
      ...of('file-empty', isEmpty(file) ? 'it has no bytes' : undefined),
      ...of('python-bytecode', /\.py[co]$/.test(file.path) ? 'Python makes it where it runs' : undefined),
      ...of('man-page-plain', isPlainPage(file) ? 'it is not packed by gzip' : undefined),
    ];
  });
  return [...found, ...lintDuplicates(files, subject)];
}

/** Some files say something by being there, such as a header that is included. */
function isEmpty({ path, size, isConfig }: PackagedFile): boolean {
  return size === 0 && !isConfig && !/\/(?:__init__\.py|[^/]+\.h)$/.test(path);
}

/** brp-compress packs the pages of all packages: a plain one was put elsewhere, or packed by another program. */
function isPlainPage({ path }: PackagedFile): boolean {
  const isPage =
    /^\/usr\/share\/man\/(?:[^/]+\/)?man\w+\//.test(path) || /^\/usr\/share\/info\/[^/]+\.info/.test(path);
  return isPage && !path.endsWith('.gz');
}

/** Smaller copies cost less than thinking about them. */
const LEAST_COPY = 4096;

/** Files of one package with the same bytes that are not hard links of each other. */
function lintDuplicates(files: readonly PackagedFile[], subject: Subject): Finding[] {
  const large = files.filter(
    ({ type, size, path, isGhost, isConfig }) =>
      type === 'file' && size >= LEAST_COPY && !isGhost && !isConfig && !isDocPath(path),
  );
  const bySize = Map.groupBy(large, ({ content }) => content);
  return [...bySize.values()].flatMap(([first, ...copies]) =>
    copies
      .filter(({ hardLink }) => hardLink === undefined || hardLink !== first!.hardLink)
      .map(({ path, size }) =>
        finding('file-duplicate', subject, path, `it has the same ${size} bytes as ${first!.path}`),
      ),
  );
}
