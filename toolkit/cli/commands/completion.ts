import type { Command } from 'commander';
import { usageError } from '../../domain/errors.ts';

/** `distrokit completion SHELL`: prints what makes a shell complete our commands. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print shell completion: source <(distrokit completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) => {
      process.stdout.write(completionScript(shell, describeCommands(program)));
    });
}

interface CommandWords {
  readonly name: string;
  readonly about: string;
  readonly options: readonly string[];
}

function describeCommands(program: Command): CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description().split('\n')[0] ?? '',
    options: command.options.flatMap((option) => (option.long === undefined ? [] : [option.long])),
  }));
}

function completionScript(shell: string, commands: readonly CommandWords[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
    default:
      throw usageError('SHELL_UNKNOWN', `no completion for the shell '${shell}'`, {
        hint: 'bash, zsh and fish are supported.',
      });
  }
}

function bash(commands: readonly CommandWords[]): string {
  const cases = commands
    .map(({ name, options }) => `    ${name}) words="${options.join(' ')}" ;;`)
    .join('\n');
  return `_distrokit() {
  local current=\${COMP_WORDS[COMP_CWORD]} words="${commands.map(({ name }) => name).join(' ')} --help"
  if [ "$COMP_CWORD" -gt 1 ]; then case \${COMP_WORDS[1]} in
${cases}
    esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case $current in -*) ;; *) [ "$COMP_CWORD" -gt 1 ] && COMPREPLY+=($(compgen -f -- "$current")) ;; esac
}
complete -o filenames -F _distrokit distrokit
`;
}

function fish(commands: readonly CommandWords[]): string {
  return commands
    .flatMap(({ name, about, options }) => [
      `complete -c distrokit -n __fish_use_subcommand -a ${name} -d '${about.replaceAll("'", "\\'")}'`,
      ...options.map(
        (option) => `complete -c distrokit -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
