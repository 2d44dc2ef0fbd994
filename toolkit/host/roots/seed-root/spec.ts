import { usageError } from '../../../domain/errors.ts';
import type { RootPackage } from '../../../domain/ports.ts';

/** A conventional (Fedora's) name, and the Debian package that has what it means. */
export interface SeedName {
  readonly name: string;
  readonly debian: string;
}

/**
 * Release of conventional names. Without one they would satisfy `= VERSION-RELEASE` of any release, and a
 * -devel package of ours would be installed without its library.
 */
const SEED_RELEASE = '0.seed';

/** Reads chroot/rpm/seed-names: `NAME DEBIAN-PACKAGE` lines. Throws `SEED_NAMES_INVALID`. */
export function parseSeedNames(text: string, path: string): SeedName[] {
  const names: SeedName[] = [];
  text.split('\n').forEach((line, index) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') return;
    const [name, debian] = words;
    if (name === undefined || debian === undefined || words.length !== 2) {
      throw usageError('SEED_NAMES_INVALID', `${path}:${index + 1}: expected NAME DEBIAN-PACKAGE`);
    }
    names.push({ name, debian });
  });
  return names;
}

/**
 * All that the stub provides, sorted: `collected` by collect.sh, and the conventional names whose Debian
 * package is in the root, with that package's upstream version.
 */
export function seedProvides(
  collected: string,
  names: readonly SeedName[],
  packages: readonly RootPackage[],
): string[] {
  const provides = new Set<string>();
  for (const line of collected.split('\n')) {
    const provide = cleanProvide(line);
    if (provide !== undefined) provides.add(provide);
  }
  const versions = new Map(packages.map((one) => [one.name, upstreamVersion(one.version)]));
  for (const { name, debian } of names) {
    const version = versions.get(debian);
    if (version === undefined) continue;
    provides.add(`${name} = ${version}-${SEED_RELEASE}`);
    provides.add(`${name}(x86-64) = ${version}-${SEED_RELEASE}`);
  }
  return [...provides].sort();
}

/** A generator's line as `name` or `name = version`; undefined for an empty or a strange one. */
function cleanProvide(line: string): string | undefined {
  const match = /^(\S+)(?:\s+=\s+(\S+))?$/.exec(line.trim());
  if (match === null) return undefined;
  const [, name = '', version] = match;
  if (!/^[\x21-\x7e]+$/.test(name)) return undefined;
  // rpm refuses other characters in a version.
  return version !== undefined && /^[A-Za-z0-9._+~^:-]+$/.test(version) ? `${name} = ${version}` : name;
}

/** Upstream part of a Debian version, deb-version(7), without what says how Debian repacked it. */
export function upstreamVersion(version: string): string {
  return version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/^.*[+~]really/, '')
    .replace(/[+.~]?(dfsg|ds|repack)[0-9.]*$/, '')
    .replaceAll('-', '.');
}

/** The stub's spec. */
export function seedSpec(provides: readonly string[]): string {
  return [
    'Name: seed-root',
    'Version: 1',
    'Release: 1',
    'Summary: What the root of this build provides that no RPM brought',
    'License: Apache-2.0',
    'AutoReqProv: no',
    ...provides.map((provide) => `Provides: ${provide.replaceAll('%', '%%')}`),
    '%description',
    'Stands in the rpm database of a worker root only.',
    '%files',
    '',
  ].join('\n');
}
