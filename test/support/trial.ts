import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clone } from './checkout.ts';
import { must, type Run, type RunOptions } from './shell.ts';

/** A specs folder of its own in a clone, with its own out/: nothing that is wrong in it touches others. */
export interface Trial {
  readonly dir: string;
  readonly specs: string;
  readonly out: string;
  readonly env: Readonly<Record<string, string>>;
  /** Adds or replaces files; paths relative to the specs folder. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs `distrokit WORDS` as the clone's owner on these specs. */
  run(words: readonly string[], options?: RunOptions): Promise<Run>;
  /** As `run`, but throws unless it ends with 0. */
  must(words: readonly string[], options?: RunOptions): Promise<Run>;
  /** The same command line, to be started otherwise; env included. */
  command(words: readonly string[], env?: Readonly<Record<string, string>>): [string, ...string[]];
}

/** Makes a trial with these files in its specs folder. */
export async function makeTrial(
  clone: Clone,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Trial> {
  const dir = join(clone.dir, 'trials', name);
  const specs = join(dir, 'specs');
  const out = join(dir, 'out');
  const env = { SPECS_DIR: specs, OUT_DIR: out, IMAGES_DIR: join(dir, 'images') };
  const argv = (words: readonly string[]): [string, ...string[]] => ['toolkit/distrokit', ...words];
  const withEnv = (options: RunOptions = {}): RunOptions => ({
    ...options,
    env: { ...env, ...options.env },
  });
  const trial: Trial = {
    ...{ dir, specs, out, env },
    async write(added) {
      for (const [path, text] of Object.entries(added)) {
        await mkdir(dirname(join(specs, path)), { recursive: true });
        await writeFile(join(specs, path), text);
      }
      await must(['chown', '-R', '--reference', clone.dir, join(clone.dir, 'trials')]);
    },
    run: (words, options) => clone.run(argv(words), withEnv(options)),
    must: (words, options) => clone.must(argv(words), withEnv(options)),
    command: (words, more = {}) => clone.command(argv(words), { ...env, ...more }),
  };
  await mkdir(specs, { recursive: true });
  await trial.write(files);
  return trial;
}

/** Differs in every run of the tests, so that no cache knows what they build. */
export const SALT = randomUUID();

export interface TinySpec {
  /** Lines of the preamble: `BuildRequires: ...`, `Source0: ...`. */
  readonly preamble?: readonly string[];
  readonly build?: readonly string[];
  readonly install?: readonly string[];
  readonly files?: readonly string[];
  /** Whole further sections. */
  readonly more?: readonly string[];
}

/** A spec that builds in a moment: one file that says who it is, and what a test adds. */
export function tinySpec(name: string, parts: TinySpec = {}): string {
  return [
    `Name: ${name}`,
    'Version: 1',
    'Release: 1%{?dist}',
    'Summary: A package of a test',
    'License: MIT',
    'BuildArch: noarch',
    ...(parts.preamble ?? []),
    '%description',
    `A package of the test run ${SALT}.`,
    '%prep',
    '%setup -q -c -T',
    '%build',
    ...(parts.build ?? []),
    '%install',
    `mkdir -p %{buildroot}/usr/share/${name}`,
    `echo ${name} > %{buildroot}/usr/share/${name}/name`,
    ...(parts.install ?? []),
    '%files',
    `/usr/share/${name}`,
    ...(parts.files ?? []),
    ...(parts.more ?? []),
    '%changelog',
    '* Fri Nov 20 2026 Tests <tests@distrokit.invalid> - 1-1',
    '- First package.',
    '',
  ].join('\n');
}

/** Files of a trial: a tiny spec for each name, in a folder of its name. */
export function tinySpecs(specs: Readonly<Record<string, TinySpec>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, parts]) => [`${name}/${name}.spec`, tinySpec(name, parts)]),
  );
}
