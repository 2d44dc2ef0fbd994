import type { LintedHeader, PackagedFile } from './content.ts';
import { type Finding, finding } from './finding.ts';
import { folderOf, mergedPath, normalPath } from './folders.ts';

/** Made when the system runs, or by its configuration. */
const MADE_LATER = /^\/(?:proc|sys|dev|run|tmp|var|etc|boot|home|root|srv|mnt|media)(?:\/|$)/;

/** Links of `chosen` packages to paths that no package has. */
export function lintLinks(chosen: readonly LintedHeader[], all: readonly LintedHeader[]): Finding[] {
  const paths = new Set(all.flatMap(({ files }) => files.map(({ path }) => mergedPath(path))));
  const links = new Map<string, string>();
  for (const file of all.flatMap(({ files }) => files)) {
    const [from, to] = [mergedPath(file.path), targetOf(file)];
    // /lib -> usr/lib is what merging means already.
    if (file.type === 'link' && from !== to) links.set(from, to);
  }
  return chosen.flatMap(({ spec, package: { name }, files }) =>
    files.flatMap((file) => {
      if (file.type !== 'link') return [];
      const target = throughFolders(targetOf(file), links);
      return MADE_LATER.test(target) || target === '/' || paths.has(target)
        ? []
        : [finding('link-dangling', { spec, package: name }, file.path, `no package has ${target}`)];
    }),
  );
}

function targetOf({ path, linkTo }: PackagedFile): string {
  const target = linkTo.startsWith('/') ? linkTo : `${mergedPath(folderOf(path))}/${linkTo}`;
  return mergedPath(normalPath(target));
}

/** The path when each folder on its way that is a link is followed; as many steps as Linux takes. */
function throughFolders(path: string, links: ReadonlyMap<string, string>): string {
  let now = path;
  for (let step = 0; step < 40; step += 1) {
    const folder = [...foldersOf(now)].find((one) => links.has(one));
    if (folder === undefined) return now;
    now = mergedPath(normalPath(links.get(folder)! + now.slice(folder.length)));
  }
  return now;
}

function* foldersOf(path: string): Generator<string> {
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
    yield path.slice(0, at);
  }
}
