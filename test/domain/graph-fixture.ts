import type { ScannedPackage, SpecScan } from '../../toolkit/domain/spec.ts';

type PackageParts = Partial<Omit<ScannedPackage, 'name'>>;

/** A binary package that provides its own name and version, as rpm makes it. */
export function scannedPackage(name: string, parts: PackageParts = {}): ScannedPackage {
  const { version = '1', release = '1' } = parts;
  return {
    name,
    epoch: 0,
    version,
    release,
    arch: 'x86_64',
    requires: [],
    recommends: [],
    obsoletes: [],
    conflicts: [],
    files: [],
    ...parts,
    provides: [`${name} = ${version}-${release}`, ...(parts.provides ?? [])],
  };
}

interface SpecParts {
  readonly needs?: readonly string[];
  readonly packages?: Readonly<Record<string, PackageParts>>;
  readonly spec?: string;
  readonly exclusiveArch?: readonly string[];
}

/** The scan of a spec; one package of its own name where none is given. */
export function scan(name: string, parts: SpecParts = {}): SpecScan {
  const packages = parts.packages ?? { [name]: {} };
  return {
    spec: parts.spec ?? `${name}/${name}.spec`,
    source: { name, epoch: 0, version: '1', release: '1', arch: 'x86_64' },
    buildRequires: parts.needs ?? [],
    packages: Object.entries(packages).map(([own, about]) => scannedPackage(own, about)),
    exclusiveArch: parts.exclusiveArch ?? [],
    excludeArch: [],
    sources: [],
    patches: [],
    hasCheck: false,
    hasGenerateBuildRequires: false,
    warnings: [],
  };
}
