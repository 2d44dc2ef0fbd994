import type { ImageConfig } from './image.ts';
import type { RpmPackage } from './package.ts';
import { formatNevra } from './spec.ts';
import { listedNames } from './text.ts';

/** An installed package and the texts of its scriptlets and triggers. */
export interface ScriptedPackage {
  readonly header: Pick<RpmPackage, 'name' | 'epoch' | 'version' | 'release' | 'arch' | 'files'>;
  readonly scripts: readonly string[];
}

/** More names tell nobody anything. */
const MOST = 4;
const ACCOUNTS = /^\/etc\/(?:passwd|shadow|group|gshadow|subuid|subgid)$/;

/**
 * Tells what a file of an image came from: the package that owns it, the configuration, and the packages
 * whose scripts name it. For what nobody names, all packages with scripts.
 */
export function originTeller(
  packages: readonly ScriptedPackage[],
  config: Pick<ImageConfig, 'files'>,
  databasePath: string,
): (path: string) => string {
  const owners = new Map(
    packages.flatMap(({ header }) => header.files.map(({ path }) => [path, formatNevra(header)] as const)),
  );
  const files = new Set(config.files.map(({ path }) => path));
  const scripted = packages.filter(({ scripts }) => scripts.some((text) => text.trim() !== ''));
  return (path) => {
    if (files.has(path)) return 'the configuration: files';
    if (path.startsWith(`${databasePath}/`)) return 'rpm: its database';
    if (ACCOUNTS.test(path)) return 'accounts of packages and of the configuration';
    const owner = owners.get(path);
    const naming = scripted.filter(({ scripts }) => scripts.some((text) => names(text, path)));
    const scripts = (all: readonly ScriptedPackage[]) =>
      `scripts of ${listedNames(
        all.map(({ header }) => formatNevra(header)),
        MOST,
      )}`;
    const told = [...(owner === undefined ? [] : [owner]), ...(naming.length === 0 ? [] : [scripts(naming)])];
    if (told.length > 0) return told.join(', ');
    return scripted.length === 0 ? '' : `no package; perhaps ${scripts(scripted)}`;
  };
}

/** Whether a script speaks of a path, or of its folder. */
function names(script: string, path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return script.includes(path) || (folder.split('/').length > 2 && script.includes(folder));
}
