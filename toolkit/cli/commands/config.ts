import type { Command } from 'commander';
import { loadImageConfig } from '../../config/image.ts';
import { problemLines } from '../../config/image-document.ts';
import { effectiveConfig, effectiveYaml } from '../../config/image-effective.ts';
import { imageJsonSchema } from '../../config/image-json-schema.ts';
import { configPath } from '../../pipeline/image.ts';
import type { Settings } from '../../pipeline/settings.ts';
import {
  concludeValidation,
  hasSpecs,
  inspectConfig,
  unknownPackages,
  type Validation,
} from '../../pipeline/validate.ts';
import { jsonDocument } from '../../report/answers/text.ts';
import { withPipeline } from '../run.ts';
import { type CommandOptions, readSettings, wantsJson } from '../session.ts';

/** `validate`, `config show`, `config schema`: image configurations before anything is built. */
export function addConfigCommands(program: Command): void {
  program
    .command('validate')
    .description('check an image configuration: everything that can be known before a build')
    .argument('[config]', 'image configuration (CONFIG)')
    .option('--system <name>', 'which of its SystemConfigs (SYSTEM_CONFIG)')
    .option('--no-packages', 'do not ask who provides its packages')
    .option('--distro <name>', 'distribution profile (DISTRO)')
    .option('--specs <folder>', 'folder of the specs, or their tree (SPECS_DIR)')
    .option('--json', 'one JSON document')
    .action(validate);
  const config = program.command('config').description('tell about image configurations');
  config
    .command('show')
    .description('print a configuration as it counts: extended, included, defaults filled in')
    .argument('[config]', 'image configuration (CONFIG)')
    .option('--system <name>', 'which of its SystemConfigs (SYSTEM_CONFIG)')
    .option('--json', 'JSON instead of YAML')
    .action(show);
  config
    .command('schema')
    .description('print the JSON Schema of configurations, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(imageJsonSchema(), undefined, 2)}\n`);
    });
}

interface ValidateOptions extends Omit<CommandOptions, 'packages'> {
  readonly packages: boolean;
}

async function validate(file: string | undefined, options: ValidateOptions): Promise<void> {
  const { packages: asks, ...common } = options;
  const settings = settingsOf(file, common);
  const path = configPath(settings);
  const inspected = await inspectConfig(path, settings);
  const print = (result: Validation): string =>
    wantsJson(common, process.env) ? jsonDocument(result) : validationText(result);
  if (!asks || !(await hasSpecs(settings))) {
    process.stdout.write(print(concludeValidation(path, inspected, undefined, settings)));
    return;
  }
  await withPipeline(
    // The configuration is inspected already, and what is wrong with it is told with the packages.
    { ...common, config: '' },
    false,
    async (context, _assembly, signal) => {
      const unknown = await unknownPackages(inspected, context, signal);
      return concludeValidation(path, inspected, unknown, settings);
    },
    print,
  );
}

function validationText({ file, unmade, packages, isAsked }: Validation): string {
  const asked = isAsked
    ? `${packages} packages are provided`
    : `${packages} packages, nobody was asked for them`;
  const later = unmade.length === 0 ? '' : `make image would refuse:\n${problemLines(unmade)}\n`;
  return `${file} is valid: ${asked}\n${later}`;
}

async function show(file: string | undefined, options: CommandOptions): Promise<void> {
  const settings = settingsOf(file, options);
  const { checkout, system, release } = settings;
  const loading = { system, release, missingFiles: 'tell' } as const;
  const loaded = await loadImageConfig(configPath(settings), checkout, loading);
  if (loaded.missing.length > 0) process.stderr.write(`${problemLines(loaded.missing)}\n`);
  const json = wantsJson(options, process.env);
  process.stdout.write(json ? jsonDocument(effectiveConfig(loaded)) : effectiveYaml(loaded));
}

function settingsOf(file: string | undefined, options: CommandOptions): Settings {
  return readSettings(file === undefined ? options : { ...options, config: file }, process.env);
}
