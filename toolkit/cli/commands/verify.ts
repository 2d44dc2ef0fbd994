import type { Command } from 'commander';
import { type ToolkitError, usageError } from '../../domain/errors.ts';
import type { Verification } from '../../domain/verification.ts';
import { runVerifyImage } from '../../pipeline/index.ts';
import { runVerify } from '../../pipeline/verify.ts';
import { paint } from '../../report/answers/text.ts';
import { imageVerificationText } from '../../report/image-verification.ts';
import { verificationText } from '../../report/verification.ts';
import { EXIT } from '../exit.ts';
import { runCommand } from '../run.ts';
import type { CommandOptions } from '../session.ts';

/** `distrokit verify [PKG...|CONFIG]`: whether building again gives the same bytes, and what differs if not. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('build packages, or an image, twice in different conditions and name what differs')
    .argument(
      '[packages...]',
      'spec or package names; without any all of the goal; or one image configuration',
    )
    .option('--config <file>', 'image configuration')
    .option('--json', 'events and the result as JSON lines')
    .action(verify);
}

async function verify(names: readonly string[], options: CommandOptions): Promise<void> {
  const config = names.find(isConfig);
  if (config !== undefined) return await verifyOneImage(config, names, options);
  const chosen = names.length === 0 ? options : { ...options, packages: names };
  let exitCode: number = EXIT.ok;
  let unbuilt: ToolkitError | undefined;
  await runCommand(
    chosen,
    async (context, _assembly, signal) => {
      const { result, failure } = await runVerify(context, signal);
      unbuilt = failure;
      exitCode = exitCodeOf(result);
      return result;
    },
    (result) => verificationText(result, paint(process.stdout.isTTY && !process.env.NO_COLOR)),
  );
  // The result of the others is told before what could not be built.
  if (unbuilt !== undefined) throw unbuilt;
  process.exitCode = exitCode;
}

/** A name of a package has no such ending. */
function isConfig(name: string): boolean {
  return /\.(?:ya?ml|json)$/.test(name);
}

async function verifyOneImage(
  config: string,
  names: readonly string[],
  options: CommandOptions,
): Promise<void> {
  if (names.length > 1) {
    throw usageError('VERIFY_ONE', `${config} stands beside other names; one image is verified at a time`, {
      hint: `Write distrokit verify ${config}`,
    });
  }
  let exitCode: number = EXIT.ok;
  await runCommand(
    { ...options, config },
    async (context, _assembly, signal) => {
      const result = await runVerifyImage(context, signal);
      if (!result.identical) exitCode = EXIT.build;
      return result;
    },
    (result) => imageVerificationText(result, paint(process.stdout.isTTY && !process.env.NO_COLOR)),
  );
  process.exitCode = exitCode;
}

/** What differs is a failed build; an exception that covers nothing is an error of the spec. */
function exitCodeOf({ sources }: Verification): number {
  if (sources.some(({ verdict }) => ['differs', 'failed', 'unbuilt'].includes(verdict))) return EXIT.build;
  return sources.some(({ unused }) => unused.length > 0) ? EXIT.usage : EXIT.ok;
}
