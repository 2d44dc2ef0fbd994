import type { Draft } from '../image-original/draft.ts';
import type { CustomizerConfig } from './schema.ts';

type Modules = NonNullable<NonNullable<CustomizerConfig['os']>['modules']>;

const LOADED = '/etc/modules-load.d/modules-load.conf';
const DISABLED = '/etc/modprobe.d/modules-disabled.conf';
const OPTIONS = '/etc/modprobe.d/module-options.conf';

/**
 * Kernel modules as the files that modprobe and systemd read; `first` is the number of the first file. Each is written
 * as a whole. Source: modprobe.d(5), modules-load.d(5).
 */
export function translateModules(modules: Modules, first: number, draft: Draft): void {
  const named = (mode: string): string[] =>
    modules.filter(({ loadMode }) => loadMode === mode).map(({ name }) => name);
  const files: readonly (readonly [path: string, lines: readonly string[]])[] = [
    [LOADED, named('always')],
    [DISABLED, named('disable').map((name) => `blacklist ${name}`)],
    [OPTIONS, modules.flatMap(optionLine)],
  ];
  const written = files.filter(([, lines]) => lines.length > 0);
  for (const [index, [path, lines]] of written.entries()) {
    const to = ['files', first + index];
    draft.set([...to, 'path'], path, ['os', 'modules']);
    draft.set([...to, 'content'], lines.map((line) => `${line}\n`).join(''), ['os', 'modules']);
  }
}

function optionLine({ name, options = {} }: Modules[number]): string[] {
  const words = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  return words.length === 0 ? [] : [`options ${name} ${words.join(' ')}`];
}
