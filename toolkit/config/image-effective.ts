import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { LoadedImageConfig } from './image.ts';
import { FILE_KEYS } from './image-files.ts';
import { findPlaced, type Placed, placedValue, plain, without } from './placed.ts';

/** Where a configuration names folders and files of the user that are read when it is. */
const OTHER_KEYS = [
  ...['sshKeyFiles.*', 'passwordHashFile', 'passwordFile'].map((key) => `users.*.${key}`),
  'folders.*.source',
];

/** Keys that say words of the kernel command line. */
const WORDS = ['fips', 'ima', 'cgroup', 'kernelArgs'];

/**
 * A configuration as it counts, in our own form: what it extends and includes is in it, paths are absolute, and
 * the defaults that do not depend on packages are filled in. Passwords that are not hashed are left out.
 */
export function effectiveConfig(loaded: LoadedImageConfig): Record<string, unknown> {
  const { config, placed, offered } = loaded;
  const own = without(placed, ['include', 'kernel', 'removeLists']);
  const source = plain(withAbsolutePaths(own)) as Record<string, unknown>;
  const { name, version, artifactName, title, packages, hostname, machineId, hidepid, kernelArgs } = config;
  const formats = source.formats ?? config.formats;
  return {
    ...{ name, version, artifactName, title, packages, hostname, machineId, hidepid, kernelArgs },
    ...omit(source, [...WORDS, ...['packages', 'removePackages', 'formats', 'disk', 'base']]),
    ...(config.removePackages.length === 0 ? {} : { removePackages: config.removePackages }),
    ...baseOf(source.base, loaded),
    disk: { size: 'auto', boot: config.disk.boot, table: config.disk.table, ...(source.disk as object) },
    ...(Array.isArray(formats) && formats.length === 0 ? {} : { formats }),
    ...(offered.length === 0 ? {} : { installer: { ...(source.installer as object), systems: offered } }),
  };
}

/** What lists say stands beside the rest. */
function baseOf(written: unknown, { listedUpdates }: LoadedImageConfig): Record<string, unknown> {
  if (written === undefined) return {};
  const { updateLists: _, ...base } = written as Record<string, unknown>;
  if (base.update === 'all' || listedUpdates.length === 0) return { base };
  const named = (base.update ?? []) as readonly string[];
  return { base: { ...base, update: [...new Set([...listedUpdates.map(({ name }) => name), ...named])] } };
}

/** The same as YAML. */
export function effectiveYaml(loaded: LoadedImageConfig): string {
  return stringify(effectiveConfig(loaded), { lineWidth: 0 });
}

function withAbsolutePaths(placed: Placed): Placed {
  const paths = new Map<Placed, string>();
  for (const key of [...FILE_KEYS, ...OTHER_KEYS]) {
    for (const { found } of findPlaced(placed, key)) {
      if (found.content.kind !== 'scalar') continue;
      paths.set(found, resolve(dirname(found.place.path), String(found.content.value)));
    }
  }
  return mapScalars(placed, (scalar) => paths.get(scalar));
}

/** Scalars for which `value` has another value get it. */
function mapScalars(placed: Placed, value: (scalar: Placed) => string | undefined): Placed {
  const { content } = placed;
  if (content.kind === 'scalar') {
    const other = value(placed);
    return other === undefined ? placed : placedValue(other, () => placed.place);
  }
  if (content.kind === 'list') {
    const items = content.items.map((item) => mapScalars(item, value));
    return { ...placed, content: { kind: 'list', items } };
  }
  const entries = [...content.entries].map(([key, inner]) => [key, mapScalars(inner, value)] as const);
  return { ...placed, content: { kind: 'map', entries: new Map(entries) } };
}

function omit(value: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
