import { relative } from 'node:path';
import { type Command, Option } from 'commander';
import { usageError } from '../../domain/errors.ts';
import { type ImageFormat, imageFormats } from '../../domain/image-format.ts';
import { nearestName } from '../../domain/nearest.ts';
import { formatNevra, rpmFileName } from '../../domain/spec.ts';
import { type PlanSummary, planImage, planPackages, summarizePlan } from '../../pipeline/dry-run.ts';
import { refuseScanFailures } from '../../pipeline/graph.ts';
import { configPath } from '../../pipeline/image.ts';
import { runImage, runPackages, runPlan, runSrpms } from '../../pipeline/index.ts';
import { formatBytes, formatDuration } from '../../report/duration.ts';
import { runCommand } from '../run.ts';
import { type CommandOptions, readSettings } from '../session.ts';
import { type DrawOptions, drawGraph, graphFormats } from './graph.ts';

interface BuildOptions extends CommandOptions {
  readonly format?: readonly ImageFormat[];
}

/** `graph`, `srpms`, `packages`, `repo`, `image`: the stages of the main job, each with all before it. */
export function addBuildCommands(program: Command): void {
  command(program, 'graph', 'scan the specs and write the dependency graph to out/')
    .option('--distro <name>', 'distribution profile (DISTRO)')
    .option('--specs <folder>', 'folder of the specs, or their tree (SPECS_DIR)')
    .addOption(new Option('--format <format>', 'the whole graph instead').choices(graphFormats))
    .option('--output <file>', 'with --format: into this file instead of stdout')
    .action(graph);
  command(program, 'srpms', 'pack source packages into out/SRPMS', '[packages...]').action(srpms);
  command(program, 'packages', 'build packages, and what they need, into out/RPMS', '[packages...]').action(
    packages,
  );
  command(
    program,
    'repo',
    'the same as packages: out/RPMS is a package server folder',
    '[packages...]',
  ).action(packages);
  command(program, 'image', 'the main job: from specs to bootable images')
    .option('--system <name>', 'which of the SystemConfigs of the configuration (SYSTEM_CONFIG)')
    .option('--format <format...>', 'only these formats of the configuration', addFormat)
    .action(image);
}

/** Throws `FORMAT_UNKNOWN`, with the nearest name. */
export function addFormat(name: string, chosen: readonly ImageFormat[] = []): readonly ImageFormat[] {
  const known = imageFormats.find((format) => format === name);
  if (known !== undefined) return [...chosen, known];
  const nearest = nearestName(name, imageFormats);
  throw usageError('FORMAT_UNKNOWN', `--format is '${name}'; there is no such format`, {
    hint: nearest === undefined ? `Known are ${imageFormats.join(', ')}.` : `Did you mean '${nearest}'?`,
  });
}

function command(program: Command, name: string, about: string, words?: string): Command {
  const made = program.command(name).description(about);
  if (words !== undefined) made.argument(words, 'spec or package names');
  return made
    .option('--config <file>', 'image configuration')
    .option('--dry-run', 'stop after the plan')
    .option('--json', 'events and the result as JSON lines');
}

async function graph(options: DrawOptions): Promise<void> {
  if (options.format !== undefined) return await drawGraph(options, options.format);
  await runCommand(
    options,
    async (context, _assembly, signal) => {
      const { graph: made, plan } = await runPlan(context, signal);
      refuseScanFailures(made.failures);
      return { ...summarizePlan(plan, made), unresolved: made.unresolved, cycles: made.cycles };
    },
    (result) => printPlan(result),
  );
}

async function srpms(names: readonly string[], options: BuildOptions): Promise<void> {
  const chosen = withNames(options, names);
  if (await dryRun(chosen)) return;
  await runCommand(
    chosen,
    async (context, _assembly, signal) =>
      (await runSrpms(context, signal)).map(({ file, digest }) => ({ file, ...digest })),
    (made) => made.map(({ file }) => `${file}\n`).join(''),
  );
}

async function packages(names: readonly string[], options: BuildOptions): Promise<void> {
  const chosen = withNames(options, names);
  if (await dryRun(chosen)) return;
  await runCommand(
    chosen,
    async (context, _assembly, signal) => {
      const built = await runPackages(context, signal);
      return [...built.packages.values()].flat().map(({ header, digest }) => {
        return { nevra: formatNevra(header), file: `${header.arch}/${rpmFileName(header)}`, ...digest };
      });
    },
    (made) => made.map(({ file }) => `${file}\n`).join(''),
  );
}

async function image(options: BuildOptions): Promise<void> {
  configPath(readSettings(options, process.env));
  if (await dryRun(options, planImage)) return;
  await runCommand(
    options,
    (context, _assembly, signal) => runImage(context, options.format ?? [], signal),
    (artifacts, { settings }) =>
      artifacts
        .map(({ path, size }) => `${relative(settings.checkout, path)}  ${formatBytes(size)}\n`)
        .join(''),
  );
}

function withNames(options: BuildOptions, names: readonly string[]): BuildOptions {
  return names.length === 0 ? options : { ...options, packages: names };
}

/** With --dry-run (or DRY_RUN=y): tells what would be done, does nothing, and says true. */
async function dryRun(options: BuildOptions, plan = planPackages): Promise<boolean> {
  const wanted = options.dryRun ?? process.env.DRY_RUN === 'y';
  if (wanted) await runCommand(options, (context, _assembly, signal) => plan(context, signal), printPlan);
  return wanted;
}

function printPlan(plan: PlanSummary): string {
  const lines = plan.builds.map(({ name, action, expectedMs, because }) => {
    const time = expectedMs === undefined ? '' : `, about ${formatDuration(expectedMs)}`;
    return `${action === 'build' ? `build  ${name}${time}` : `reuse  ${name}`}${because === '' ? '' : `  (${because})`}\n`;
  });
  const served = plan.fromServers.map((capability) => `fetch  ${capability}\n`);
  return [...lines, ...served, `${plan.summary}\n`].join('');
}
