import { type Capability, parseCapability, satisfies } from './capability.ts';
import { usageError } from './errors.ts';
import { compareEvr, formatEvr, parseEvr } from './evr.ts';
import type { RpmArtifact } from './package.ts';
import { formatNevra } from './spec.ts';

/** Which installed packages may become other versions: those of these names, or all of which there is a newer one. */
export type Updates = readonly string[] | 'all';

/** What becomes of the packages that an image has. */
export interface PackageChanges {
  /** Are preferred to any other version. */
  readonly staying: readonly RpmArtifact[];
  /** Are what is there where nobody has a newer version. */
  readonly updated: readonly RpmArtifact[];
  /** Capabilities to ask for, which hold the others where they are. */
  readonly wanted: readonly string[];
  /** Whether any of them may move. */
  readonly isFixed: boolean;
}

/**
 * What becomes of `installed` packages where `packages` are asked for, as names or with a range of versions. Without
 * updates, and without a range that the installed version is outside of, each stays at its version. Else those that
 * nobody asked for stay as long as nothing needs another version, and none gets an older one unless `packages` names it
 * exactly. With `mayMove` it is so in any case. Throws `IMAGE_NOT_INSTALLED` and `IMAGE_DOWNGRADE`.
 */
export function planPackageChanges(
  installed: readonly RpmArtifact[],
  packages: readonly string[],
  updates: Updates,
  mayMove = false,
): PackageChanges {
  refuseUnknown(installed, updates);
  const asked = new Map(packages.map(parseCapability).map((wanted) => [wanted.name, wanted]));
  const moved = installed.filter((one) => {
    const wanted = asked.get(one.header.name);
    return wanted !== undefined && !satisfies(capabilityOf(one), wanted);
  });
  for (const one of moved) refuseOlder(one, asked.get(one.header.name)!);
  const isUpdated = ({ header: { name } }: RpmArtifact) => updates === 'all' || updates.includes(name);
  const others = installed.filter((one) => !moved.includes(one));
  const updated = others.filter(isUpdated);
  const isFixed = moved.length === 0 && updates.length === 0 && !mayMove;
  const newer = moved.filter(({ header }) => asked.get(header.name)!.range?.operator !== '=');
  return {
    staying: others.filter((one) => !isUpdated(one)),
    updated,
    wanted: [
      ...others.map((one) => `${one.header.name} ${isFixed ? '=' : '>='} ${evrOf(one)}`),
      ...newer.map((one) => `${one.header.name} >= ${evrOf(one)}`),
    ],
    isFixed,
  };
}

/** A package and the version that takes its place. */
export interface PackageReplacement {
  readonly before: RpmArtifact;
  readonly after: RpmArtifact;
}

/**
 * Which of the packages of a solution are new to an image, and which of them take the place of another version. One
 * that was built again without another version stays as it is.
 */
export function replacements(
  installed: readonly RpmArtifact[],
  solution: readonly RpmArtifact[],
): { readonly packages: readonly RpmArtifact[]; readonly replaced: readonly PackageReplacement[] } {
  const there = new Set(installed.map(({ header }) => formatNevra(header)));
  const packages = solution.filter(({ header }) => !there.has(formatNevra(header)));
  const byName = new Map(packages.map((one) => [one.header.name, one]));
  const replaced = installed.flatMap((before) => {
    const after = byName.get(before.header.name);
    return after === undefined ? [] : [{ before, after }];
  });
  return { packages, replaced };
}

/** `zlib 1.3-1 -> 1.3.1-1`. */
export function formatReplacement({ before, after }: PackageReplacement): string {
  return `${before.header.name} ${evrOf(before)} -> ${evrOf(after)}`;
}

function refuseUnknown(installed: readonly RpmArtifact[], updates: Updates): void {
  if (updates === 'all') return;
  const names = new Set(installed.map(({ header }) => header.name));
  const unknown = updates.filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw usageError('IMAGE_NOT_INSTALLED', `${unknown.join(', ')}: not installed in the image`, {
    hint: 'Take them out of base.update; what is to be installed is named in packages.',
  });
}

/** Only a version that is named is an older one by intention. */
function refuseOlder(one: RpmArtifact, { name, range }: Capability): void {
  const isBelow = range !== undefined && (range.operator === '<' || range.operator === '<=');
  if (!isBelow || compareEvr(range.evr, parseEvr(evrOf(one))) > 0) return;
  throw usageError(
    'IMAGE_DOWNGRADE',
    `'${name} ${range.operator} ${formatEvr(range.evr)}': ${evrOf(one)} is installed`,
    {
      hint: `An older version is installed where it is named: '${name} = VERSION'.`,
    },
  );
}

function capabilityOf(one: RpmArtifact): Capability {
  return { name: one.header.name, range: { operator: '=', evr: parseEvr(evrOf(one)) } };
}

function evrOf({ header: { epoch, version, release } }: RpmArtifact): string {
  return formatEvr({ epoch, version, release });
}
