import { Command, CommanderError } from 'commander';
import { usageError } from '../domain/errors.ts';
import { addAnswerCommands } from './commands/answers.ts';
import { addBootCommand } from './commands/boot.ts';
import { addBuildCommands } from './commands/build.ts';
import { addCacheCommands } from './commands/cache.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommands } from './commands/config.ts';
import { addCustomizeCommand } from './commands/customize.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addHostCommands } from './commands/host.ts';
import { addLintCommand } from './commands/lint.ts';
import { addScanCommand } from './commands/scan.ts';
import { addShellCommand } from './commands/shell.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { describeError, EXIT, errorJson, exitCodeOf } from './exit.ts';
import { interruption } from './interrupt.ts';
import { checkMakeVariables, words } from './variables.ts';

const program = new Command('distrokit')
  .description('Builds Linux distributions and their images from RPM specs, without root.')
  .showSuggestionAfterError()
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

addBuildCommands(program);
addConfigCommands(program);
addScanCommand(program);
addAnswerCommands(program);
addShellCommand(program);
addLintCommand(program);
addVerifyCommand(program);
addDiffCommand(program);
addCustomizeCommand(program);
addBootCommand(program);
addHostCommands(program);
addCacheCommands(program);
addCompletionCommand(program);

for (const stream of [process.stdout, process.stderr]) {
  // Who reads only the beginning (`| head`) has what he wants; the work is still ended in order.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// What `scan` prints on stdout is specs, and nothing else.
const json = process.argv[2] !== 'scan' && (process.argv.includes('--json') || process.env.JSON === 'y');
try {
  checkMakeVariables(words(process.env.DISTROKIT_MAKE_VARIABLES ?? ''));
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    return show(
      usageError('COMMAND_INVALID', error.message.replace(/^error: /, ''), { hint: 'See --help.' }),
    );
  }
  return show(error);
}

function show(error: unknown): number {
  const interrupted = interruption().aborted;
  if (json) process.stdout.write(`${JSON.stringify(errorJson(error))}\n`);
  else
    process.stderr.write(
      interrupted ? 'interrupted; the next run goes on from here\n' : `${describeError(error)}\n`,
    );
  return exitCodeOf(error, interrupted);
}
