import { dirname, resolve } from 'node:path';
import type { ImageConfig } from '../domain/image.ts';
import type { ImageInstaller } from '../domain/image-config/system.ts';
import type { ConfigProblem } from './image-document.ts';
import { fileProblem } from './image-files.ts';
import type { NamedPackage } from './image-lists.ts';
import { findPlaced, type Placed, plain } from './placed.ts';

/** A system that an installer offers: a configuration, and which of its SystemConfigs that is. */
export interface OfferedSystem {
  /** Absolute. */
  readonly config: string;
  readonly system: string | undefined;
}

/** What is known of a configuration, as far as those that it offers have a part in it. */
interface Inspected {
  readonly config: ImageConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly files: readonly string[];
  readonly withoutSecrets: ReadonlyMap<string, string>;
  readonly packages: readonly NamedPackage[];
  readonly unmade: readonly ConfigProblem[];
  readonly missing: readonly ConfigProblem[];
}

/**
 * What an installer offers beside the system of its configuration `file`, in their order: the other systems of that
 * file, unless one was chosen, and those that it names. Who is not asked chooses nothing. Files that are not there are
 * left out: they are told already.
 */
export async function offeredSystems(
  placed: Placed,
  file: string,
  otherSystems: readonly string[],
): Promise<OfferedSystem[]> {
  const [installer] = findPlaced(placed, 'installer');
  if (installer === undefined || findPlaced(placed, 'installer.target').length > 0) return [];
  if (findPlaced(placed, 'installer.kickstart').some(({ found }) => plain(found) === true)) return [];
  const offered: OfferedSystem[] = otherSystems.map((system) => ({ config: file, system }));
  for (const { found } of findPlaced(placed, 'installer.systems.*')) {
    const one = plain(found);
    const { config, system } =
      typeof one === 'string' ? { config: one } : (Object(one) as Record<string, unknown>);
    if (typeof config !== 'string') continue;
    const path = resolve(dirname(found.place.path), config);
    if ((await fileProblem(path, config)) !== undefined) continue;
    offered.push({ config: path, system: typeof system === 'string' ? system : undefined });
  }
  return offered;
}

const ATTENDED: ImageInstaller = {
  ...{ target: undefined, afterwards: 'power-off', encryption: 'always', kickstart: false },
};

/** A configuration with those that its installer offers: what is wrong in any of them is wrong in all. */
export function withOffered<T extends Inspected>(own: T, offered: readonly Inspected[]): T {
  if (offered.length === 0) return own;
  const all = [own, ...offered];
  const known = all.flatMap(({ config }) => (config === undefined ? [] : [config]));
  const [first, ...others] = known.length === all.length ? known : [];
  return {
    ...own,
    config: first && { ...first, systems: others.map((other) => asOffered(other, first)) },
    problems: once(
      all.flatMap(({ problems }) => problems),
      problemKey,
    ),
    unmade: once(
      all.flatMap(({ unmade }) => unmade),
      problemKey,
    ),
    missing: once(
      all.flatMap(({ missing }) => missing),
      problemKey,
    ),
    packages: once(
      all.flatMap(({ packages }) => packages),
      ({ name }) => name,
    ),
    files: [...new Set(all.flatMap(({ files }) => files))],
    withoutSecrets: mergedTexts(all),
  };
}

/** Where to, and what is done then, is the installer's to say; whether its root may stay as it is, its own. */
function asOffered(config: ImageConfig, { installer }: ImageConfig): ImageConfig {
  const { afterwards } = installer ?? ATTENDED;
  return {
    ...config,
    systems: [],
    installer: { ...(config.installer ?? ATTENDED), target: undefined, kickstart: false, afterwards },
  };
}

function problemKey({ file, line, column, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}

function once<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Of a file with several systems what each says. */
function mergedTexts(all: readonly Pick<Inspected, 'withoutSecrets'>[]): Map<string, string> {
  const merged = new Map<string, string>();
  for (const [path, text] of all.flatMap(({ withoutSecrets }) => [...withoutSecrets])) {
    const known = merged.get(path);
    merged.set(path, known === undefined || known === text ? text : `${known}\n${text}`);
  }
  return merged;
}
