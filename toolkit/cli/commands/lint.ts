import type { Command } from 'commander';
import type { Finding } from '../../domain/lint/finding.ts';
import { RULES } from '../../domain/lint/rules.ts';
import { refuseScanFailures } from '../../pipeline/graph.ts';
import { type LintReport, runLint } from '../../pipeline/lint.ts';
import { paint } from '../../report/answers/text.ts';
import { lintText } from '../../report/lint.ts';
import { EXIT } from '../exit.ts';
import { runCommand } from '../run.ts';
import type { CommandOptions } from '../session.ts';

interface LintOptions extends CommandOptions {
  readonly strict?: boolean;
}

/** `distrokit lint [PKG...]`: what is wrong with specs and with the packages that were built of them. */
export function addLintCommand(program: Command): void {
  program
    .command('lint')
    .description('check specs and the packages that are built of them; nothing is built')
    .argument('[names...]', 'specs, packages or RPM files; without any all of the goal')
    .option('--config <file>', 'only what this image configuration needs')
    .option('--distro <name>', 'distribution profile (DISTRO)')
    .option('--specs <folder>', 'folder of the specs, or their tree (SPECS_DIR)')
    .option('--strict', 'warnings and packages that are not built are errors, too')
    .option('--json', 'events and the result as JSON lines')
    .action(lint);
}

async function lint(names: readonly string[], options: LintOptions): Promise<void> {
  let report: LintReport | undefined;
  await runCommand(
    options,
    async (context, _assembly, signal) => {
      report = await runLint(names.length === 0 ? context.settings.packages : names, context, signal);
      return { ...report, findings: report.findings.map(withRemedy) };
    },
    (result) => lintText(result, paint(process.stdout.isTTY && !process.env.NO_COLOR)),
  );
  refuseScanFailures(report!.unread);
  process.exitCode = isGood(report!, options.strict === true) ? EXIT.ok : EXIT.build;
}

function isGood({ findings, notBuilt }: LintReport, isStrict: boolean): boolean {
  if (isStrict) return findings.length === 0 && notBuilt.length === 0;
  return findings.every(({ severity }) => severity !== 'error');
}

function withRemedy(finding: Finding): Finding & { readonly remedy: string } {
  return { ...finding, remedy: RULES[finding.rule].remedy };
}
