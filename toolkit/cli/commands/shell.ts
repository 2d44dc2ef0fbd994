import type { Command } from 'commander';
import { buildError } from '../../domain/errors.ts';
import { openBuildRoot } from '../../pipeline/shell.ts';
import { runCommand } from '../run.ts';
import type { CommandOptions } from '../session.ts';

/** `distrokit shell PKG`: a person in the build root of a package, with its source unpacked. */
export function addShellCommand(program: Command): void {
  program
    .command('shell')
    .description("open a shell in a package's build root, as the build sees it; nothing of it is kept")
    .argument('<package>', 'spec name')
    .argument('[command...]', 'run this instead of a shell (after --)')
    .action(shell);
}

async function shell(name: string, command: readonly string[], options: CommandOptions): Promise<void> {
  await runCommand(
    { ...options, packages: [name] },
    async (context, _assembly, signal) => {
      const { root, binds } = await openBuildRoot(name, context, signal);
      const inside = command.length === 0 ? ['/bin/bash', '-i'] : [...command];
      const intro = 'rpm -i --define "_topdir /build/top" /build/in/*.src.rpm && cd /build/top && exec "$@"';
      const result = await context.ports.roots.run(
        root,
        {
          argv: ['/bin/bash', '-c', intro, 'shell', ...inside],
          binds,
          interactive: true,
          env: { PS1: `[${name}] \\w # `, TERM: process.env.TERM ?? 'dumb' },
        },
        signal,
      );
      if (command.length > 0 && result.exitCode !== 0) {
        throw buildError('COMMAND_FAILED', `${command.join(' ')} ended with exit code ${result.exitCode}`);
      }
      return result.exitCode;
    },
    () => '',
  );
}
