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

/** What an entry of %files has below the folder of all modules; empty if it does not lie below it. */
function below(entry: string): string {
  return /\/perl5\/(?:vendor_perl(?:\/|$))?(.*)$/.exec(entry)?.[1] ?? '';
}

/** Whether an entry of %files speaks of more than "all modules". */
function isSpecific({ entry }: PathMatch): boolean {
  return /^[^*?[{]/.test(below(entry));
}

/** Whether %files has, or does not say that it has not, the module. */
function mayHold({ files }: IndexedPackage, parts: readonly string[]): boolean {
  const own = files.filter((path) => path.includes('/perl5/')).map(below);
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

/** Who has the nearest folder of a module: alone, or with a word of its name in common. */
function guessFolder(index: ProviderIndex, parts: readonly string[]): readonly IndexedPackage[] {
  for (let count = parts.length; count > 0; count -= 1) {
    const folder = parts.slice(0, count).join('/');
    const matches = folders.flatMap((own) => matchFolder(index, `${own}${folder}`)).filter(isSpecific);
    const packages = [...new Set(matches.map((match) => match.package))].filter(
      (own) => !isOther(own, parts),
    );
    if (packages.length < 2) {
      if (packages.length === 1) {
        return packages;
      }
      continue;
    }
    const words = new Set(parts.map(foldName));
    const shared = packages.map(
      ({ name }) =>
        foldName(name)
          .split('-')
          .filter((one) => words.has(one)).length,
    );
    const most = Math.max(1, ...shared);
    return packages.filter((_, at) => shared[at] === most);
  }
  return [];
}

/** Whether a package is named for another module of the same family: perl-A-B does not hold A::C. */
function isOther({ name }: IndexedPackage, parts: readonly string[]): boolean {
  const own = name.replace(/^perl-/, '').split('-');
  const same = own.findIndex((part, at) => part !== parts[at]);
  return same > 0 && same < own.length;
}
