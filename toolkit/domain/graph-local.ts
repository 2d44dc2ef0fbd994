import { parseCapability, satisfies } from './capability.ts';
import type { Evr } from './evr.ts';
import type { PackageId, SrpmId } from './graph.ts';
import { packageId } from './graph.ts';
import type { IndexedPackage } from './graph-index.ts';
import type { ScannedPackage, SpecScan } from './spec.ts';

/** Packages of a scan, ready for the index. */
export function localPackages(scan: SpecScan, isBuilt: boolean): readonly IndexedPackage[] {
  const unbuilt = isBuilt ? undefined : { name: scan.source.name, urls: scan.sources.map(({ url }) => url) };
  return scan.packages.map((package_) => ({
    provider: { kind: 'local', package: packageId(scan.spec, package_.name), srpm: scan.spec },
    name: package_.name,
    evr: evrOf(package_),
    priority: 0,
    provides: package_.provides,
    files: package_.files,
    unbuilt,
  }));
}

/** Who is obsoleted, and what could change it. */
export interface Obsoleted {
  /** Ids of packages that a package of another name obsoletes. Obsoletes match names, not provides. */
  readonly packages: ReadonlySet<PackageId>;
  /** Every name that some package obsoletes in some version. */
  readonly names: ReadonlySet<string>;
}

export const noneObsoleted: Obsoleted = { packages: new Set(), names: new Set() };

/** Looks at everything anew unless no change can make a difference. */
export function updateObsoleted(
  before: Obsoleted,
  changed: readonly SpecScan[],
  scans: ReadonlyMap<SrpmId, SpecScan>,
): Obsoleted {
  const matters = changed.some(({ packages }) =>
    packages.some(({ name, obsoletes }) => obsoletes.length > 0 || before.names.has(name)),
  );
  return matters ? findObsoleted([...scans.values()]) : before;
}

function findObsoleted(scans: readonly SpecScan[]): Obsoleted {
  const obsoletes = new Map<string, { readonly by: string; readonly text: string }[]>();
  for (const { packages } of scans) {
    for (const { name, obsoletes: texts } of packages) {
      for (const text of texts) {
        const obsoleted = text.split(' ', 1)[0]!;
        const list = obsoletes.get(obsoleted) ?? [];
        obsoletes.set(obsoleted, list);
        list.push({ by: name, text });
      }
    }
  }
  const found = new Set<PackageId>();
  for (const { spec, packages } of scans) {
    for (const package_ of packages) {
      for (const { by, text } of obsoletes.get(package_.name) ?? []) {
        const own = { name: package_.name, range: { operator: '=', evr: evrOf(package_) } } as const;
        if (by !== package_.name && satisfies(own, parseCapability(text))) {
          found.add(packageId(spec, package_.name));
        }
      }
    }
  }
  return { packages: found, names: new Set(obsoletes.keys()) };
}

/** Whether a spec is for an architecture. */
export function isForArchitecture({ exclusiveArch, excludeArch, packages }: SpecScan, arch: string): boolean {
  const noarch = packages.every((package_) => package_.arch === 'noarch');
  const names = (list: readonly string[]) => list.includes(arch) || (noarch && list.includes('noarch'));
  return (exclusiveArch.length === 0 || names(exclusiveArch)) && !excludeArch.includes(arch);
}

function evrOf({ epoch, version, release }: ScannedPackage): Evr {
  return { epoch, version, release };
}
