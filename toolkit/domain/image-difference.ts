import type { Sha256 } from './digest.ts';
import { byCodeUnit } from './text.ts';

/** What two images are compared by. */
export interface ImageFacts {
  /** Undefined where only the files are known. */
  readonly packages: readonly InstalledPackage[] | undefined;
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly commandLine: string | undefined;
  readonly artifacts: readonly ArtifactFacts[];
}

export interface InstalledPackage {
  readonly nevra: string;
  /** Of the RPM; undefined where only what is installed is known. */
  readonly sha256: Sha256 | undefined;
}

/** What a manifest says of one object, as texts; a field that it does not have is not there. */
export type FileFacts = Readonly<Record<string, string>>;

export interface ArtifactFacts {
  /** Its format; of several files of one format, what tells them apart as well. */
  readonly name: string;
  readonly size: number;
  readonly sha256: Sha256;
}

/** How the second of two images differs from the first. Everything is sorted by name. */
export interface ImageDifference {
  readonly same: boolean;
  readonly packages: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Another version of a name. */
    readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[];
    /** The same NEVRA with other bytes. */
    readonly rebuilt: readonly string[];
  };
  readonly files: {
    readonly added: readonly { readonly path: string; readonly facts: FileFacts }[];
    readonly removed: readonly { readonly path: string; readonly facts: FileFacts }[];
    readonly changed: readonly ChangedFile[];
    /** Those that differ in nothing but their time. */
    readonly times: readonly string[];
  };
  readonly commandLine: Change | undefined;
  readonly artifacts: {
    /** Of both; those that are the same are left out. */
    readonly changed: readonly { readonly name: string; readonly from: number; readonly to: number }[];
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
  /** Bytes of all files in the root file system. */
  readonly content: { readonly from: number; readonly to: number };
}

export interface ChangedFile {
  readonly path: string;
  readonly changes: readonly (Change & { readonly field: string })[];
}

export interface Change {
  readonly from: string;
  readonly to: string;
}

const TIME = 'time';

/** Compares two images. */
export function compareImages(first: ImageFacts, second: ImageFacts): ImageDifference {
  const packages = comparePackages(first.packages ?? [], second.packages ?? []);
  const files = compareFiles(first.files, second.files);
  const artifacts = compareArtifacts(first.artifacts, second.artifacts);
  const commandLine =
    first.commandLine === second.commandLine
      ? undefined
      : { from: first.commandLine ?? '', to: second.commandLine ?? '' };
  const lists = [...Object.values(packages), ...Object.values(files), artifacts.changed];
  const same = commandLine === undefined && lists.every((list) => list.length === 0);
  const content = { from: contentSize(first), to: contentSize(second) };
  return { same, packages, files, commandLine, artifacts, content };
}

function comparePackages(
  first: readonly InstalledPackage[],
  second: readonly InstalledPackage[],
): ImageDifference['packages'] {
  const [before, after] = [byNevra(first), byNevra(second)];
  const gone = onlyIn(before, after);
  const come = onlyIn(after, before);
  // Several versions of one name are told one by one: nothing says which became which.
  const single = (nevras: readonly string[]) =>
    new Map(
      [...Map.groupBy(nevras, packageName)].flatMap(([name, all]) =>
        all.length === 1 ? [[name, all[0]!] as const] : [],
      ),
    );
  const [old, recent] = [single(gone), single(come)];
  const changed = [...old].flatMap(([name, from]) => {
    const to = recent.get(name);
    return to === undefined ? [] : [{ name, from: versionOf(from), to: versionOf(to) }];
  });
  const names = new Set(changed.map(({ name }) => name));
  const left = (nevras: readonly string[]) => nevras.filter((nevra) => !names.has(packageName(nevra)));
  const rebuilt = [...before].filter(([nevra, sha256]) => {
    const other = after.get(nevra);
    return sha256 !== undefined && other !== undefined && other !== sha256;
  });
  return {
    added: left(come),
    removed: left(gone),
    changed: changed.sort((a, b) => byCodeUnit(a.name, b.name)),
    rebuilt: rebuilt.map(([nevra]) => nevra).sort(byCodeUnit),
  };
}

function byNevra(packages: readonly InstalledPackage[]): ReadonlyMap<string, Sha256 | undefined> {
  return new Map(packages.map(({ nevra, sha256 }) => [nevra, sha256]));
}

function packageName(nevra: string): string {
  return nevra.replace(/-[^-]+-[^-]+$/, '');
}

function versionOf(nevra: string): string {
  return nevra.slice(packageName(nevra).length + 1);
}

function onlyIn<T>(these: ReadonlyMap<string, T>, others: ReadonlyMap<string, T>): string[] {
  return [...these.keys()].filter((key) => !others.has(key)).sort(byCodeUnit);
}

function compareFiles(
  first: ReadonlyMap<string, FileFacts>,
  second: ReadonlyMap<string, FileFacts>,
): ImageDifference['files'] {
  const changed: ChangedFile[] = [];
  const times: string[] = [];
  for (const path of [...first.keys()].filter((one) => second.has(one)).sort(byCodeUnit)) {
    const changes = compareFacts(first.get(path)!, second.get(path)!);
    if (changes.length === 0) continue;
    if (changes.every(({ field }) => field === TIME)) times.push(path);
    else changed.push({ path, changes });
  }
  return {
    added: onlyIn(second, first).map((path) => ({ path, facts: second.get(path)! })),
    removed: onlyIn(first, second).map((path) => ({ path, facts: first.get(path)! })),
    changed,
    times,
  };
}

function compareFacts(first: FileFacts, second: FileFacts): ChangedFile['changes'] {
  const fields = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return fields
    .map((field) => ({ field, from: first[field] ?? '', to: second[field] ?? '' }))
    .filter(({ from, to }) => from !== to);
}

function compareArtifacts(
  first: readonly ArtifactFacts[],
  second: readonly ArtifactFacts[],
): ImageDifference['artifacts'] {
  const byName = (all: readonly ArtifactFacts[]) => new Map(all.map((one) => [one.name, one]));
  const [before, after] = [byName(first), byName(second)];
  const changed = [...before.values()].flatMap(({ name, size, sha256 }) => {
    const other = after.get(name);
    return other === undefined || other.sha256 === sha256 ? [] : [{ name, from: size, to: other.size }];
  });
  return {
    changed: changed.sort((a, b) => byCodeUnit(a.name, b.name)),
    added: onlyIn(after, before),
    removed: onlyIn(before, after),
  };
}

function contentSize({ files }: ImageFacts): number {
  return [...files.values()].reduce((sum, { size }) => sum + Number(size ?? 0), 0);
}
