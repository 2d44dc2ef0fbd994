import type { IndexedPackage, ProviderIndex } from './graph-index.ts';
import { matchFolder, matchGlobs, type PathMatch, unbuiltNamed } from './graph-paths.ts';
import type { Guess } from './predict-pkgconfig.ts';
import { foldName } from './prediction.ts';

const folders = ['vendor_perl/', ''].flatMap((own) =>
  ['/usr/share/perl5/', '/usr/lib/perl5/', '/usr/lib64/perl5/'].map((folder) => `${folder}${own}`),
);

/** Who may bring a module: by a pattern or a folder of %files, by its name, or as one of a family. */
export function guessPerl(index: ProviderIndex, module: string): readonly Guess[] {
  const parts = module.split('::');
  const guesses: Guess[] = [];
  for (let count = parts.length; count > 0; count -= 1) {
    for (const own of unbuiltNamed(index, `perl-${parts.slice(0, count).join('-')}`)) {
      if (mayHold(own, parts)) {
        guesses.push([own, count === parts.length ? 'name' : 'family']);
      }
    }
  }
  const path = parts.join('/');
  const globs = folders.flatMap((folder) => matchGlobs(index, `${folder}${path}.pm`)).filter(isSpecific);
  const surer = [...globs.map((match): Guess => [match.package, 'file']), ...guesses];
  return surer.length > 0 ? surer : guessFolder(index, parts).map((own): Guess => [own, 'folder']);
}

/** Whether an entry of %files speaks of more than "all modules". */
function isSpecific({ entry }: PathMatch): boolean {
  return /\/perl5\/(vendor_perl\/)?[^*?[{/]/.test(entry.replace(/vendor_perl\/?$/, ''));
}

/** Whether %files has, or does not say that it has not, the module. */
function mayHold({ files }: IndexedPackage, parts: readonly string[]): boolean {
  const own = files
    .filter((path) => path.includes('/perl5/'))
    .map((path) => path.replace(/^.*\/perl5\/(vendor_perl\/?)?/, ''));
  return own.length === 0 || own.some((entry) => covers(entry, parts));
}

function covers(entry: string, parts: readonly string[]): boolean {
  const plain = entry.slice(0, entry.search(/[*?[{]|$/)).replace(/\/$/, '');
  const path = `${parts.join('/')}.pm`;
  return (
    plain === '' ||
    path === plain ||
    (plain !== entry && path.startsWith(plain)) ||
    path.startsWith(`${plain}/`)
  );
}

/** Who alone has the nearest folder of a module, or shares a word of its name. */
function guessFolder(index: ProviderIndex, parts: readonly string[]): readonly IndexedPackage[] {
  for (let count = parts.length; count > 0; count -= 1) {
    const folder = parts.slice(0, count).join('/');
    const matches = folders.flatMap((own) => matchFolder(index, `${own}${folder}`)).filter(isSpecific);
    const packages = [...new Set(matches.map((match) => match.package))];
    if (packages.length === 1) {
      return packages;
    }
    if (packages.length > 1) {
      const words = new Set(parts.map(foldName));
      const shared = packages.map(
        ({ name }) =>
          foldName(name)
            .split('-')
            .filter((word) => words.has(word)).length,
      );
      const most = Math.max(...shared);
      return most === 0 ? [] : packages.filter((_, at) => shared[at] === most);
    }
  }
  return [];
}
