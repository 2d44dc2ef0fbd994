import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { hostError } from '../../domain/errors.ts';
import type { EventSink } from '../../domain/events.ts';
import type { RootPackage } from '../../domain/ports.ts';
import { diskFull, saysDiskFull } from '../io-errors.ts';
import { proxyEnvironment } from '../process/proxies.ts';
import { collect, type StartedProcess } from '../process/run.ts';
import { enterSandbox, type Sandboxing } from '../sandbox/enter.ts';
import { sortPackages } from './lock.ts';
import { findMirror } from './mirror.ts';

export interface BaseRecipe {
  /** For messages only. */
  readonly name: string;
  readonly suite: string;
  readonly arch: string;
  readonly packages: readonly string[];
}

/** What a maker of base roots gives: a tar at `tar`, and the packages in it, sorted. */
export interface MadeBase {
  readonly tar: string;
  readonly packages: readonly RootPackage[];
}

/** Makes a base root's tar in `folder`, an empty folder below the cache. */
export type BaseMaker = (recipe: BaseRecipe, folder: string, signal: AbortSignal) => Promise<MadeBase>;

const NEVER_INSTALLED = ['doc', 'man', 'info', 'locale', 'lintian', 'bug', 'groff', 'linda'];

/**
 * Run by mmdebstrap with the new root as $1, which lies in our folder: tells what is installed, with the
 * SHA-256 that apt knows of it, and makes bash the shell, as specs expect it.
 */
const HOOK = [
  'set -eu',
  `chroot "$1" dpkg-query -W -f '\${Package}\\t\${Version}\\t\${Architecture}\\n' >"$1/../installed"`,
  `grep -hE '^(Package|Version|Architecture|SHA256): |^$' "$1"/var/lib/apt/lists/*_Packages >"$1/../known"`,
  'ln -sfn bash "$1/bin/sh"',
].join('; ');

/**
 * Runs mmdebstrap under mapped ids in namespaces of its own, so that nothing of it outlives us; the same for
 * root and for a user. Throws `ROOT_NOT_MADE`.
 */
export function createMmdebstrapMaker(options: {
  readonly sandboxing: () => Promise<Sandboxing>;
  readonly mirror: string | undefined;
  readonly events: EventSink;
}): BaseMaker {
  return async (recipe, folder, signal) => {
    const sandboxing = await options.sandboxing();
    const mirror = await findMirror(options.mirror);
    const argv = mmdebstrapArgv(recipe, mirror);
    const start = (limited: AbortSignal) =>
      enterSandbox(
        sandboxing,
        {
          namespaces: { network: false },
          announces: false,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: bootstrapEnvironment(),
          inner: ({ cache }) => {
            const here = join(cache, relative(sandboxing.cacheDir, folder));
            return [
              ...['cd', here, 'mount', 'proc', 'nosuid,nodev,noexec', '/proc'],
              ...['exec', 'env', `TMPDIR=${here}`, `HOME=${here}`, ...argv],
            ];
          },
        },
        limited,
      );
    return await collectBase(recipe, folder, start, options.events, signal);
  };
}

/** Runs mmdebstrap, started by `start` and working in `folder`, to its end. Throws `ROOT_NOT_MADE`. */
export async function collectBase(
  recipe: BaseRecipe,
  folder: string,
  start: (signal: AbortSignal) => Promise<StartedProcess>,
  events: EventSink,
  signal: AbortSignal,
): Promise<MadeBase> {
  const log = join(folder, 'mmdebstrap.log');
  const onLine = (line: string) => {
    const detail = /^I: ((running apt|downloading|extracting|installing|cleaning|creating).*)$/.exec(
      line,
    )?.[1];
    if (detail === undefined) return;
    events.emit({ type: 'task.progressed', stage: 'roots', task: `${recipe.name} root`, detail });
  };
  const result = await collect({ argv: ['mmdebstrap'], log, onLine }, start, signal);
  if (result.exitCode !== 0) throw saysDiskFull(result.stderr) ? diskFull(folder) : notMade(result.stderr);
  const [installed, known] = await Promise.all([
    readFile(join(folder, 'installed'), 'utf8'),
    readFile(join(folder, 'known'), 'utf8'),
  ]);
  return { tar: join(folder, 'root.tar'), packages: joinPackageFacts(installed, known) };
}

/** How mmdebstrap is called, in the folder that it is to work in. */
export function mmdebstrapArgv(
  recipe: BaseRecipe,
  mirror: { uri: string; signedBy: string | undefined },
): [string, ...string[]] {
  return [
    ...(['mmdebstrap', '--mode=root', '--variant=apt', `--architectures=${recipe.arch}`] as const),
    ...['--skip=chroot/mount/sys', '--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::http::Timeout "60"'],
    '--aptopt=Acquire::GzipIndexes "false"',
    // Languages give Translation indexes that nobody reads.
    '--aptopt=Acquire::Languages "none"',
    ...NEVER_INSTALLED.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    '--dpkgopt=force-unsafe-io',
    ...(mirror.signedBy === undefined ? [] : [`--keyring=${mirror.signedBy}`]),
    `--include=${recipe.packages.join(',')}`,
    `--customize-hook=${HOOK}`,
    ...[recipe.suite, 'root.tar', mirror.uri],
  ];
}

/**
 * Joins `name<TAB>version<TAB>arch` lines with the stanzas of apt's Packages files. Throws when apt does not
 * know the digest of a package that is installed.
 */
export function joinPackageFacts(installed: string, known: string): RootPackage[] {
  const digests = new Map<string, string>();
  for (const stanza of known.split(/\n\n+/)) {
    const fields = new Map(stanza.split('\n').map((line) => line.split(': ', 2) as [string, string]));
    const sha256 = fields.get('SHA256');
    const identity = ['Package', 'Version', 'Architecture'].map((name) => fields.get(name)).join('\t');
    if (sha256 !== undefined) digests.set(identity, sha256);
  }
  const packages = installed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', version = '', arch = ''] = line.split('\t');
      const sha256 = digests.get(line);
      if (sha256 === undefined) throw new Error(`apt gives no SHA-256 of ${name} ${version}`);
      return { name, version, arch, sha256 };
    });
  return sortPackages(packages);
}

function notMade(output: string): Error {
  const errors = output.split('\n').filter((line) => /^(E:|Err:|W: Failed|mmdebstrap: )/.test(line));
  const isNetwork =
    /Could not resolve|Unable to connect|Connection (failed|refused|timed out)|Failed to fetch/.test(output);
  return hostError(
    'ROOT_NOT_MADE',
    `mmdebstrap could not make a root: ${(errors.length > 0 ? errors : output.trim().split('\n')).slice(-5).join('; ')}`,
    {
      hint: isNetwork
        ? 'Look at the network, or name another mirror with DEBIAN_MIRROR.'
        : 'If a package of chroot/*.packages is gone from the mirror, replace it there; the mirror can be named with DEBIAN_MIRROR.',
    },
  );
}

/** What mmdebstrap gets of our environment. */
export function bootstrapEnvironment(): Record<string, string> {
  // What dpkg and its scripts write gets one time; files of packages keep theirs where it is older.
  return { SOURCE_DATE_EPOCH: '1767225600', ...proxyEnvironment() };
}
