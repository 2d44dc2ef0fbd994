import type { IndexedPackage, ProviderIndex } from './graph-index.ts';
import { matchFolder, matchGlobs, unbuiltNamed } from './graph-paths.ts';
import type { PredictionRule } from './prediction.ts';

export type Guess = readonly [IndexedPackage, PredictionRule];

const folders = ['/usr/lib64/pkgconfig', '/usr/share/pkgconfig', '/usr/lib/pkgconfig'];

/** Who may bring `MODULE.pc`: by a pattern of %files, or by its name. */
export function guessPkgconfig(index: ProviderIndex, module: string): readonly Guess[] {
  const matches = folders.flatMap((folder) => [
    ...matchGlobs(index, `${folder}/${module}.pc`),
    ...matchFolder(index, folder),
  ]);
  const specific = matches.filter(({ entry }) => !isAnyModule(entry));
  const surer = [
    ...specific.map((match): Guess => [match.package, 'file']),
    ...byName(index, module).map((own): Guess => [own, 'name']),
  ];
  if (surer.length > 0) {
    return surer;
  }
  const wild = [...new Set(matches.map((match) => match.package))];
  const scores = wild.map((own) => agreement(module, own));
  const best = Math.max(1, ...scores);
  return wild.filter((_, at) => scores[at] === best).map((own): Guess => [own, 'wildcard']);
}

/** Whether an entry of %files stands for modules of any name. */
function isAnyModule(entry: string): boolean {
  return !/\/pkgconfig\/[^*?[{/]/.test(entry);
}

/** `glib-2.0` is in glib-2.0-devel, glib2-devel, or glib-devel; `xft` in libXft-devel; or without -devel. */
function byName(index: ProviderIndex, module: string): readonly IndexedPackage[] {
  const names = namesFor(module);
  const devel = names.flatMap((name) => unbuiltNamed(index, `${name}-devel`));
  return devel.length > 0 ? devel : names.flatMap((name) => unbuiltNamed(index, name));
}

function namesFor(module: string): readonly string[] {
  const [stem, version] = splitVersion(module);
  const stems = [module, ...(version === undefined ? [] : [`${stem}${version.split('.')[0]}`]), stem];
  const withPrefix = stems.flatMap((own) =>
    own.toLowerCase().startsWith('lib') ? [own, own.slice(3)] : [own, `lib${own}`],
  );
  return [...new Set(withPrefix)];
}

function splitVersion(module: string): readonly [string, string | undefined] {
  const parts = /^(.*?[A-Za-z])\+?-?(\d+(?:\.\d+)*)$/.exec(module);
  return parts === null ? [module, undefined] : [parts[1]!, parts[2]];
}

/** Letters that the module and the package, or its spec, begin with alike; 0 where one is no part of the other. */
function agreement(module: string, { name, unbuilt }: IndexedPackage): number {
  const wanted = bare(module);
  const names = [name.replace(/-(devel|dev|libs)$/, ''), unbuilt?.name ?? ''].map(bare);
  return Math.max(
    ...names.map((own) => (begins(wanted, own) ? own.length : begins(own, wanted) ? wanted.length : 0)),
  );
}

function bare(name: string): string {
  return splitVersion(name.toLowerCase().replace(/^lib/, ''))[0].replace(/\+$/, '');
}

function begins(long: string, short: string): boolean {
  return short.length > 1 && long.startsWith(short) && !/^[a-z]/.test(long.slice(short.length));
}
