import { usageError } from '../../../domain/errors.ts';
import { latin1Text } from '../../../domain/image-bytes.ts';
import type { ManifestEntry, ReadContent } from '../../../domain/manifest.ts';

/** Modules of a kernel by their names, as `moduleName` gives them. */
export type KernelModules = ReadonlyMap<string, ManifestEntry>;

const MODULE = /\.ko(?:\.\w+)?$/;

/** The modules that an image has of the kernel `release`. */
export function kernelModules(release: string, entries: readonly ManifestEntry[]): KernelModules {
  const folder = modulesFolder(release);
  const found = new Map<string, ManifestEntry>();
  for (const entry of entries) {
    const path = latin1Text(entry.path);
    if (path.startsWith(folder) && MODULE.test(path)) found.set(moduleName(path), entry);
  }
  return found;
}

/** Where an image has the modules of a kernel, and what is said of them; with a slash at the end. */
export function modulesFolder(release: string): string {
  return `usr/lib/modules/${release}/`;
}

/** What the kernel calls a module, whatever its file is called: `kernel/drivers/md/dm-crypt.ko.zst` is `dm_crypt`. */
export function moduleName(path: string): string {
  return path.replace(/^.*\//, '').replace(MODULE, '').replaceAll('-', '_');
}

/**
 * The modules that are needed to load `drivers`, those first that others need: what modules.dep says, and what
 * modules.softdep says is wanted before, by name or by alias. Throws `IMAGE_KERNEL_FS` for a kernel without modules.dep.
 * Source: modules.dep(5), modprobe.d(5).
 */
export async function loadingOrder(
  release: string,
  drivers: readonly string[],
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<readonly ManifestEntry[]> {
  const modules = kernelModules(release, entries);
  const linesOf = async (name: string): Promise<readonly string[] | undefined> => {
    const path = `${modulesFolder(release)}${name}`;
    const entry = entries.find((one) => latin1Text(one.path) === path);
    if (entry?.type !== 'file') return undefined;
    const text = Buffer.alloc(entry.size);
    await read(entry, 0, text);
    return text.toString('latin1').split('\n');
  };
  const dependencies = await linesOf('modules.dep');
  if (dependencies === undefined) {
    throw usageError('IMAGE_KERNEL_FS', `the kernel ${release} has no modules.dep`, {
      hint: "Add 'kmod' to the packages, with which the kernel's package makes it, or take another kernel.",
    });
  }
  const needs = hardNeeds(dependencies);
  const wants = softNeeds((await linesOf('modules.softdep')) ?? [], (await linesOf('modules.alias')) ?? []);
  const ordered = new Map<string, ManifestEntry>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const before of [...(wants.get(name) ?? []), ...(needs.get(name) ?? [])]) visit(before);
    const entry = modules.get(name);
    // What has no module is built in.
    if (entry !== undefined) ordered.set(name, entry);
  };
  for (const driver of drivers) visit(driver);
  return [...ordered.values()];
}

/** Of `path: path path ...`. */
function hardNeeds(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    lines.flatMap((line): [string, string[]][] => {
      const [path = '', list] = line.split(':');
      if (list === undefined) return [];
      return [[moduleName(path), list.split(' ').filter(Boolean).map(moduleName)]];
    }),
  );
}

/** Of `softdep NAME pre: NAME ... post: NAME ...` and `alias NAME NAME`: what comes before, as modules. */
function softNeeds(
  softdeps: readonly string[],
  aliases: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const byAlias = new Map<string, string[]>();
  for (const line of aliases) {
    const [word, alias, module] = line.split(' ');
    if (word !== 'alias' || alias === undefined || module === undefined) continue;
    byAlias.set(moduleName(alias), [...(byAlias.get(moduleName(alias)) ?? []), moduleName(module)]);
  }
  const wants = new Map<string, string[]>();
  for (const line of softdeps) {
    const [, name, list] = /^softdep (\S+) .*?pre: *([^:]*)(?: post:.*)?$/.exec(line) ?? [];
    if (name === undefined || list === undefined) continue;
    const before = list.split(' ').filter(Boolean).map(moduleName);
    const found = before.flatMap((one) => byAlias.get(one) ?? [one]);
    wants.set(moduleName(name), [...(wants.get(moduleName(name)) ?? []), ...found]);
  }
  return wants;
}
