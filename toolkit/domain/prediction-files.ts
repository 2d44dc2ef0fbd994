import type { Evr } from './evr.ts';
import { parseEvr } from './evr.ts';
import { foldName, type PredictionRule, type Revealed } from './prediction.ts';

/** What a package is expected to provide. */
export interface Expectation {
  /** `KIND SUBJECT`. */
  readonly key: string;
  readonly rule: PredictionRule;
  /** Unknown where nothing says it. */
  readonly version: Evr | undefined;
}

export function expectationKey({ kind, subject }: Revealed): string {
  return `${kind} ${subject}`;
}

interface UnbuiltPackage {
  readonly name: string;
  readonly evr: Evr;
  readonly files: readonly string[];
}

/** A file that makes rpm's generators provide something; the first group of the pattern says what. */
interface TellingFile {
  readonly pattern: RegExp;
  readonly kind: Revealed['kind'];
  readonly subject: (parts: readonly string[]) => readonly string[];
  /** The version that is provided: the package's own, one in the path, or none that could be known. */
  readonly version: (own: Evr, parts: readonly string[]) => Evr | undefined;
  /** Whether a pattern of %files is as good as a path, because its stars stand for versions alone. */
  readonly mayBeGlob?: boolean;
}

const telling: readonly TellingFile[] = [
  {
    pattern: /\/pkgconfig\/([^/]+)\.pc$/,
    kind: 'pkgconfig',
    subject: ([, module]) => [module!],
    version: upstream,
  },
  {
    pattern: /\/perl5\/(?:vendor_perl\/)?(?:5\.[\d.]+\/)?(.+)\.pm$/,
    kind: 'perl',
    subject: ([, path]) => [path!.replaceAll('/', '::')],
    version: () => undefined,
  },
  {
    pattern: /\/site-packages\/([A-Za-z0-9_.]+?)-[^/]*(?:dist|egg)-info\/?$/,
    kind: 'python',
    subject: ([, name]) => [foldName(name!)],
    version: upstream,
    mayBeGlob: true,
  },
  {
    pattern: /\/(?:gems|specifications)\/([A-Za-z][^/]*?)-(\d[\w.]*?)(?:\.gemspec|\/|$)/,
    kind: 'rubygem',
    subject: ([, name]) => [name!],
    version: (_, parts) => parseEvr(parts[2]!),
  },
  {
    pattern: /\/cmake\/([^/]+)(?:\/|$)/,
    kind: 'cmake',
    subject: ([, folder]) => [folder!.toLowerCase().replace(/-?\d+(\.\d+)*$/, '')],
    version: upstream,
  },
  {
    pattern: /^(?:\/usr)?\/lib(?:64)?\/(?:[^/]+\/)?(lib[^/]*\.so\.\d[^/]*)$/,
    kind: 'soname',
    subject: ([, file]) => sonames(file!),
    version: () => undefined,
  },
];

const isTelling = /pkgconfig|perl5|-packages|gems|cmake|lib[^/]*\.so\./;
const isPlain = /^[^*?[{]+$/;

/** What the paths of %files tell without any doubt but that of the version. */
export function expectedFromFiles({ evr, files }: UnbuiltPackage): readonly Expectation[] {
  const found: Expectation[] = [];
  for (const path of files) {
    if (!isTelling.test(path)) {
      continue;
    }
    const isPath = isPlain.test(path);
    for (const { pattern, kind, subject, version, mayBeGlob } of telling) {
      const parts = isPath || mayBeGlob ? pattern.exec(path) : null;
      for (const own of parts === null ? [] : subject(parts)) {
        const key = expectationKey({ kind, subject: own });
        found.push({ key, rule: 'file', version: version(evr, parts!) });
      }
    }
  }
  return found;
}

function upstream({ version }: Evr): Evr {
  return { epoch: undefined, version, release: undefined };
}

/** `libx.so.1.2.3`, `libx.so.1.2` and `libx.so.1`: which of them is the soname the file's name does not say. */
function sonames(file: string): readonly string[] {
  const found: string[] = [];
  for (let soname = file; /\.so\.\d/.test(soname); soname = soname.replace(/\.[^.]*$/, '')) {
    found.push(soname);
  }
  return found;
}

/** What the name of a spec, and of the archives that it is built from, tell of one of its packages. */
export function expectedFromSource(
  { name, evr, files }: UnbuiltPackage,
  source: { readonly name: string; readonly urls: readonly string[] },
): readonly Expectation[] {
  if (/-(docs?|tests?|help|debuginfo|debugsource)$/.test(name)) {
    return [];
  }
  const kind = languageOf(name, source.name, files);
  if (kind === undefined) {
    return [];
  }
  const version = upstream(evr);
  return [source.name.replace(/^(python3?|perl|rubygem)-/, ''), ...source.urls.flatMap(archiveName)].map(
    (own) => ({
      key: expectationKey({
        kind,
        subject: kind === 'perl' ? own.replaceAll('-', '::') : kind === 'python' ? foldName(own) : own,
      }),
      rule: 'source',
      version,
    }),
  );
}

/** The language that a package is a library of: of several packages of a spec the one that is named for it. */
function languageOf(name: string, source: string, files: readonly string[]): Revealed['kind'] | undefined {
  if (name.startsWith('perl-')) {
    return name === source ? 'perl' : undefined;
  }
  if (name.startsWith('rubygem-')) {
    return name === source ? 'rubygem' : undefined;
  }
  const isPython = name.startsWith('python3-') || files.some((path) => path.includes('/site-packages'));
  return isPython && (name === source || name === source.replace(/^python-/, 'python3-'))
    ? 'python'
    : undefined;
}

/** `Foo-Bar` of `https://host/Foo-Bar-1.2.tar.gz`, where the host is the language's own archive. */
function archiveName(url: string): readonly string[] {
  const file =
    /(?:cpan|pypi|pythonhosted|rubygems)[^?]*\/([^/]+?)[-_]v?\d[^/-]*\.(?:tar\.\w+|tgz|zip|gem)$/i.exec(url);
  return file === null ? [] : [file[1]!];
}
