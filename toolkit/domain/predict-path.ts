import type { IndexedPackage, ProviderIndex } from './graph-index.ts';
import { matchFolder, matchGlobs, matchPlain } from './graph-paths.ts';
import type { Guess } from './predict-pkgconfig.ts';
import { foldName } from './prediction.ts';

/** Folders that so many packages have files in that none can be told to hold a file of them. */
const shared =
  /^\/(?:(?:usr(?:\/local)?\/)?(?:bin|sbin|lib|lib64|libexec|include|share|src)|etc(?:\/.*)?|var|var\/lib|usr|usr\/share\/(?:man|man\/man\d|doc|licenses|locale|info))?\/?$/;

/** Who may bring a path: by a pattern, on the other side of the merge of /usr, or in a folder of its own. */
export function guessPath(index: ProviderIndex, path: string): readonly Guess[] {
  const other = otherSide(path);
  const merged =
    other === undefined
      ? []
      : [...matchPlain(index, other).map((match) => match.package), ...byPattern(index, other)];
  const guesses = [
    ...byPattern(index, path).map((own): Guess => [own, 'pattern']),
    ...merged.map((own): Guess => [own, 'usr-merge']),
  ];
  return guesses.length > 0 ? guesses : byFolder(index, path).map((own): Guess => [own, 'folder']);
}

/** /bin and /usr/bin, /lib and /usr/lib and the like are one folder where /usr is merged. */
function otherSide(path: string): string | undefined {
  if (/^\/(?:bin|sbin|lib|lib64)\//.test(path)) {
    return `/usr${path}`;
  }
  return /^\/usr\/(?:bin|sbin|lib|lib64)\//.test(path) ? path.slice('/usr'.length) : undefined;
}

/**
 * Packages with a pattern that is made for the path. One for whole folders (`/usr/bin/*`) says something only
 * of a package, or of a spec, that is called like the file, or if no other package has one.
 */
function byPattern(index: ProviderIndex, path: string): readonly IndexedPackage[] {
  const matches = matchGlobs(index, path);
  const specific = matches.filter(({ entry }) => isSpecific(entry.slice(entry.lastIndexOf('/'))));
  if (specific.length > 0) {
    return specific.map((match) => match.package);
  }
  const file = foldName(path.slice(path.lastIndexOf('/') + 1));
  const called = matches.filter(({ package: { name, unbuilt } }) =>
    [name, unbuilt?.name ?? ''].some((one) => foldName(one) === file),
  );
  const told = called.length === 0 && matches.length === 1 ? matches : called;
  return told.map((match) => match.package);
}

/** Whether a pattern begins like the file, or lists names. */
function isSpecific(pattern: string): boolean {
  return /^\/[^*?[{]/.test(pattern) || !/[*?[]/.test(pattern);
}

function byFolder(index: ProviderIndex, path: string): readonly IndexedPackage[] {
  for (let folder = parent(path); folder !== '' && !shared.test(folder); folder = parent(folder)) {
    const holders = matchFolder(index, folder).filter(({ package: { name } }) => name !== 'filesystem');
    if (holders.length > 0) {
      return holders.map((match) => match.package);
    }
  }
  return [];
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
