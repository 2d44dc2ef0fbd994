import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Root, RootCommand, Roots, SeedPackage, Store } from '../../../domain/ports.ts';
import { makeFolder, writeFileAtomically } from '../../files.ts';
import { readPackageList } from '../package-list.ts';
import { parseSeedNames, seedProvides, seedSpec } from './spec.ts';

/** Raised when INSTALL or the way the stub is made changes. */
const RECIPE_VERSION = 1;
const EPOCH = { SOURCE_DATE_EPOCH: '1767225600' };
/** rpm reads /etc/rpm/macros.* and /etc/rpmrc, after its vendor's. */
const INSTALL = `mkdir -p /etc/rpm
for name; do
  case $name in macros.*) install -m 644 "/seed/$name" /etc/rpm;; *) install -m 644 "/seed/$name" /etc;; esac
done
rpm -i --justdb --nosignature /seed/root.rpm`;
const COLLECT = new URL('./collect.sh', import.meta.url);

export interface SeedOptions {
  readonly chrootDir: string;
  readonly store: Store;
}

/** Whether the root of this name is one that RPMs are built in. */
export function isWorker(name: string): boolean {
  return name.startsWith('worker');
}

/** A worker's base with the rpm settings that its list names, and with the stub `seed-root` in its rpm database. */
export async function addSeed(
  roots: Pick<Roots, 'run' | 'derive' | 'scratch'>,
  base: Root,
  options: SeedOptions,
  signal: AbortSignal,
): Promise<Root> {
  const { rpm, names } = await readPackageList(join(options.chrootDir, `${base.name}.packages`));
  const seed = await findOrMakeSeed(roots, base, names, options, signal);
  const binds = [
    { source: await stored(options.store, seed.rpm.sha256), target: '/seed/root.rpm', writable: false },
  ];
  const settings: string[] = [];
  for (const name of rpm) {
    // The checkout may be unreadable for a sandbox; what the store holds is not.
    const { sha256 } = await options.store.putFile(join(options.chrootDir, 'rpm', name), signal);
    binds.push({ source: await stored(options.store, sha256), target: `/seed/${name}`, writable: false });
    settings.push(sha256);
  }
  const install: RootCommand = { argv: ['sh', '-euc', INSTALL, 'install', ...rpm], env: EPOCH, binds };
  const key = digestOf([RECIPE_VERSION, ...settings, seed.rpm.sha256]);
  return { ...(await roots.derive(base, key, install, signal)), seed };
}

async function findOrMakeSeed(
  roots: Pick<Roots, 'run' | 'scratch'>,
  base: Root,
  moreNames: readonly string[],
  { chrootDir, store }: SeedOptions,
  signal: AbortSignal,
): Promise<SeedPackage> {
  const nameFiles: { readonly path: string; readonly text: string }[] = [];
  for (const file of ['seed-names', ...moreNames]) {
    const path = join(chrootDir, 'rpm', file);
    nameFiles.push({ path, text: await readFile(path, 'utf8') });
  }
  const collect = await readFile(COLLECT, 'utf8');
  const [names, ...others] = nameFiles.map(({ text }) => text);
  const key = digestOf([RECIPE_VERSION, base.key, names, collect, ...others]);
  const known = await store.action(key);
  const [rpm, list] = ['seed-root.rpm', 'provides'].map((name) =>
    known?.outputs.find((output) => output.name === name),
  );
  if (rpm !== undefined && list !== undefined) {
    const text = await readFile(await stored(store, list.digest.sha256), 'utf8');
    return { rpm: rpm.digest, provides: text.trimEnd().split('\n') };
  }
  await using scratch = await roots.scratch('seed');
  await runOrThrow(
    roots,
    base,
    { argv: ['sh', '-c', `(${collect}\n) >/seed/collected`] },
    scratch.path,
    signal,
  );
  const provides = seedProvides(
    await readFile(join(scratch.path, 'collected'), 'utf8'),
    nameFiles.flatMap(({ path, text }) => parseSeedNames(text, path)),
    base.packages,
  );
  await makeFolder(join(scratch.path, 'spec'));
  await writeFileAtomically(join(scratch.path, 'spec', 'seed-root.spec'), seedSpec(provides));
  await writeFileAtomically(join(scratch.path, 'spec', 'provides'), `${provides.join('\n')}\n`);
  const build = {
    argv: [
      ...([
        'rpmbuild',
        '-bb',
        '--define',
        '_rpmdir /seed',
        '--define',
        '_build_name_fmt seed-root.rpm',
      ] as const),
      ...[
        '--define',
        '_buildhost build.distrokit.invalid',
        '--define',
        'use_source_date_epoch_as_buildtime 1',
      ],
      ...['--define', '_topdir /tmp/seed', '/seed/spec/seed-root.spec'],
    ] as const,
  };
  await runOrThrow(roots, base, build, scratch.path, signal);
  const outputs = [
    { name: 'seed-root.rpm', digest: await store.putFile(join(scratch.path, 'seed-root.rpm'), signal) },
    { name: 'provides', digest: await store.putFile(join(scratch.path, 'spec', 'provides'), signal) },
  ];
  await store.saveAction(key, { outputs, facts: {} });
  return { rpm: outputs[0]!.digest, provides };
}

async function runOrThrow(
  roots: Pick<Roots, 'run'>,
  base: Root,
  command: Pick<RootCommand, 'argv'>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const binds = [{ source: folder, target: '/seed', writable: true }];
  const result = await roots.run(base, { ...command, env: EPOCH, binds }, signal);
  if (result.exitCode === 0) return;
  throw new Error(`the stub RPM of the ${base.name} root could not be made: ${result.stderr.trim()}`);
}

async function stored(store: Store, sha256: string): Promise<string> {
  const path = await store.find(sha256);
  if (path === undefined) throw new Error(`the store lost ${sha256}`);
  return path;
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
