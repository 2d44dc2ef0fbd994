import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { loadDistroProfile } from '../../config/distro.ts';
import { usageError } from '../../domain/errors.ts';
import { ensureBootTools, ensureHostTools, ensureJudgeTools } from '../../host/preflight.ts';
import { openHost } from '../assemble.ts';
import { interruption } from '../interrupt.ts';
import { CHECKOUT, createReporter } from '../session.ts';
import { toolchain, VARIABLES, variable } from '../variables.ts';

/** `setup`, `toolchain` and `variables`: the host, the roots, and what Make passes on. */
export function addHostCommands(program: Command): void {
  program
    .command('setup')
    .description('install what the host lacks, or say who has to')
    .option('--boot', 'also what starting images takes')
    .option('--judges', 'also the programs that the full tests ask about our formats')
    .action(setup);
  program
    .command('toolchain')
    .description('make the roots that everything runs in')
    .option('--update-lock', 'from what the mirror has now, and write chroot/*.lock')
    .action(makeRoots);
  program
    .command('variables')
    .description("list Make's variables, or print the value of one")
    .argument('[name]')
    .action(printVariables);
}

async function setup(options: { readonly boot?: boolean; readonly judges?: boolean }): Promise<void> {
  using reporter = createReporter(false);
  const signal = interruption();
  await ensureHostTools(toolchain(process.env), reporter, signal);
  if (options.boot === true) await ensureBootTools(reporter, signal);
  if (options.judges === true) await ensureJudgeTools(reporter, signal);
}

/** The roots of this run's distribution; to write locks, all that there are. */
async function rootNames(all: boolean): Promise<readonly string[]> {
  if (!all) return [(await loadDistroProfile(variable(process.env, 'DISTRO'), CHECKOUT)).worker, 'tools'];
  const names = await readdir(join(CHECKOUT, 'chroot'));
  return names.filter((name) => name.endsWith('.packages')).map((name) => name.slice(0, -'.packages'.length));
}

async function makeRoots(options: { readonly updateLock?: boolean }): Promise<void> {
  using reporter = createReporter(false);
  const signal = interruption();
  await ensureHostTools(toolchain(process.env), reporter, signal);
  await using host = await openHost(reporter, process.env);
  for (const name of await rootNames(options.updateLock === true)) {
    if (options.updateLock === true) {
      const changes = await host.roots.updateLock(name, signal);
      const lines = changes.length === 0 ? ['nothing changed'] : changes;
      process.stdout.write(lines.map((line) => `${name}: ${line}\n`).join(''));
    }
    const { key, packages } = await host.roots.base(name, signal);
    process.stdout.write(`${name}: ${packages.length} Debian packages, ${key.slice(0, 16)}\n`);
  }
}

function printVariables(name: string | undefined): void {
  if (name === undefined) {
    for (const { name: one, values, fallback, about } of VARIABLES) {
      const title = `  ${one}={${values}}`;
      process.stdout.write(`${title.padEnd(46)} ${about}${fallback === '' ? '' : ` [${fallback}]`}\n`);
    }
    return;
  }
  if (!VARIABLES.some((entry) => entry.name === name)) {
    throw usageError('VARIABLE_UNKNOWN', `there is no variable ${name}`, { hint: "'make help' lists them." });
  }
  process.stdout.write(`${variable(process.env, name)}\n`);
}
