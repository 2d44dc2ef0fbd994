import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../../domain/errors.ts';
import type { ImageFormat } from '../../domain/image-format.ts';
import { customizeImage } from '../../pipeline/customize.ts';
import { formatBytes } from '../../report/duration.ts';
import { runCommand } from '../run.ts';
import type { CommandOptions } from '../session.ts';
import { variable } from '../variables.ts';
import { addFormat } from './build.ts';

interface CustomizeOptions extends CommandOptions {
  readonly format?: readonly ImageFormat[];
}

/** `distrokit customize IMAGE CONFIG`: an image of ours with other packages, files, users ... */
export function addCustomizeCommand(program: Command): void {
  program
    .command('customize')
    .description('change an image that is there: packages, files, users, services, command line, formats')
    .argument(
      '[image]',
      'raw, vhd, vhdx or qcow2 image of ours (IMAGE; else base.image of the configuration)',
    )
    .argument('[config]', 'image configuration: what is changed (CONFIG)')
    .option('--format <format...>', 'only these formats of the configuration', addFormat)
    .option('--json', 'events and the result as JSON lines')
    .action(customize);
}

async function customize(
  image: string | undefined,
  config: string | undefined,
  options: CustomizeOptions,
): Promise<void> {
  const path = image ?? variable(process.env, 'IMAGE');
  const changes = config ?? variable(process.env, 'CONFIG', 'CONFIG_FILE');
  if (changes === '') {
    throw usageError('CONFIG_MISSING', 'a configuration has to say what is changed', {
      hint: 'Call it as: distrokit customize images/minimal/minimal-1.0.raw changes.yaml',
    });
  }
  await runCommand(
    // It need not be a whole configuration, as others have to be.
    { ...options, config: '' },
    async (context, _assembly, signal) => {
      const settings = { ...context.settings, config: resolve(changes) };
      const named = path === '' ? undefined : resolve(path);
      return await customizeImage(named, options.format ?? [], { ...context, settings }, signal);
    },
    (artifacts, { settings }) =>
      artifacts.map((one) => `${relative(settings.checkout, one.path)}  ${formatBytes(one.size)}\n`).join(''),
  );
}
