import { type Draft, some } from './draft.ts';
import type { OriginalSystem } from './system-schema.ts';

type Path = readonly PropertyKey[];

/** All of a system that is not about its disks. `at` is where it stands. */
export function translateSystem(system: OriginalSystem, at: Path, draft: Draft): void {
  const set = draft.setter([], at);
  set('title', system.Name, 'Name');
  set('hostname', some(system.Hostname), 'Hostname');
  set('include', filled(system.PackageLists), 'PackageLists');
  for (const [index, path] of (system.PackageLists ?? []).entries()) {
    draft.set(['include', index], path, [...at, 'PackageLists', index]);
  }
  for (const [index, name] of (system.Packages ?? []).entries()) {
    draft.set(['packages', index], spaced(name), [...at, 'Packages', index]);
  }
  set('kernel', system.KernelOptions?.default, 'KernelOptions', 'default');
  if (system.EnableSystemdFirstboot !== undefined) {
    const id = system.EnableSystemdFirstboot ? 'uninitialized' : 'empty';
    set('machineId', id, 'EnableSystemdFirstboot');
  }
  if (system.HidepidDisabled !== undefined) set('hidepid', !system.HidepidDisabled, 'HidepidDisabled');
  set('hidepid', system.EnableHidepid, 'EnableHidepid');
  translateKernelCommandLine(system, at, draft);
  translateFiles(system, at, draft);
  translateScripts(system, at, draft);
  translateRpm(system, at, draft);
  if (system.IsKickStartBoot) draft.set(['installer', 'kickstart'], true, [...at, 'IsKickStartBoot']);
}

/** `name=1.2` as rpm writes it. */
export function spaced(name: string): string {
  return name.trim().replace(/^([^\s<>=]+)\s*(<=|>=|=|<|>)\s*(\S+)$/, '$1 $2 $3');
}

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : [...list];
}

function translateKernelCommandLine(
  { KernelCommandLine: line }: OriginalSystem,
  at: Path,
  draft: Draft,
): void {
  if (line === undefined) return;
  const from = [...at, 'KernelCommandLine'];
  const cgroup = { version_one: 'v1', version_two: 'v2', '': undefined }[line.CGroup ?? ''];
  draft.set(['cgroup'], cgroup, [...from, 'CGroup']);
  const policies = line.ImaPolicy?.filter((policy) => policy !== '');
  draft.set(['ima'], filled(policies), [...from, 'ImaPolicy']);
  const mode = some(line.SELinux)?.replace('_', '-');
  if (mode !== undefined) {
    draft.set(['selinux', 'mode'], mode, [...from, 'SELinux']);
    draft.set(['selinux', 'policy'], some(line.SELinuxPolicy), [...from, 'SELinuxPolicy']);
  }
  draft.set(['fips'], line.EnableFIPS, [...from, 'EnableFIPS']);
  draft.set(['kernelArgs'], some(line.ExtraCommandLine), [...from, 'ExtraCommandLine']);
}

function translateFiles({ AdditionalFiles = {} }: OriginalSystem, at: Path, draft: Draft): void {
  let index = 0;
  for (const [source, wanted] of Object.entries(AdditionalFiles)) {
    const isList = Array.isArray(wanted);
    for (const [number, place] of (isList ? wanted : [wanted]).entries()) {
      const from = [...at, 'AdditionalFiles', source, ...(isList ? [number] : [])];
      const [path, mode] = typeof place === 'string' ? [place] : [place.Path, place.Permissions];
      draft.set(['files', index, 'source'], source, from);
      draft.set(['files', index, 'path'], path, typeof place === 'string' ? from : [...from, 'Path']);
      const octal =
        mode === undefined ? 'keep' : (Number.parseInt(mode, 8) & 0o777).toString(8).padStart(4, '0');
      draft.set(['files', index, 'mode'], octal, mode === undefined ? from : [...from, 'Permissions']);
      index += 1;
    }
  }
}

function translateScripts(system: OriginalSystem, at: Path, draft: Draft): void {
  const kinds = [
    ['preInstall', 'PreInstallScripts'],
    ['postInstall', 'PostInstallScripts'],
    ['finalize', 'FinalizeImageScripts'],
  ] as const;
  for (const [kind, source] of kinds) {
    // It runs them for a kickstart only.
    if (kind === 'preInstall' && system.IsKickStartBoot !== true) continue;
    for (const [index, script] of (system[source] ?? []).entries()) {
      const to = ['scripts', kind, index];
      const from = [...at, source, index];
      draft.set([...to, 'path'], script.Path, [...from, 'Path']);
      const args = shellWords(script.Args ?? '');
      draft.set([...to, 'args'], filled(args), [...from, 'Args']);
    }
  }
}

/** Words as a shell tells them apart, quotes taken off. */
function shellWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'|\\(.)/g, '$1$2$3'));
}

function translateRpm(system: OriginalSystem, at: Path, draft: Draft): void {
  const set = draft.setter(['rpm'], at);
  if (system.DisableRpmDocs !== undefined) set('docs', !system.DisableRpmDocs, 'DisableRpmDocs');
  const locales = some(system.OverrideRpmLocales);
  if (locales !== undefined) {
    set('locales', locales === 'NONE' ? [] : locales.split(':').filter(Boolean), 'OverrideRpmLocales');
  }
  if (system.RemoveRpmDb !== undefined)
    set('database', system.RemoveRpmDb ? 'remove' : 'keep', 'RemoveRpmDb');
  if (system.PreserveTdnfCache !== undefined) {
    set('cache', system.PreserveTdnfCache ? 'keep' : 'remove', 'PreserveTdnfCache');
  }
}
