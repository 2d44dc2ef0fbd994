import type { EventSink } from '../domain/events.ts';
import type { Context } from '../pipeline/context.ts';
import { readImageConfig } from '../pipeline/image.ts';
import { type Assembly, assemble } from './assemble.ts';
import { interruption } from './interrupt.ts';
import { type CommandOptions, createReporter, readSettings, wantsJson } from './session.ts';

/** What a command does with an assembled pipeline; gives its result as data. */
export type Work<T> = (context: Context, assembly: Assembly, signal: AbortSignal) => Promise<T>;

/**
 * Runs one command: reads the settings, opens the world, works, and prints the result: as text made by
 * `print`, or as the last JSON line.
 */
export async function runCommand<T>(
  options: CommandOptions,
  work: Work<T>,
  print: (result: T, context: Context) => string,
): Promise<void> {
  const signal = interruption();
  const json = wantsJson(options, process.env);
  const settings = readSettings(options, process.env);
  // A typo is told at once, not after the roots were made.
  if (settings.config !== undefined) await readImageConfig(settings);
  using reporter = createReporter(json);
  const events: EventSink = reporter;
  await using assembly = await assemble(settings, events, process.env, signal);
  const result = await work(assembly.context, assembly, signal);
  signal.throwIfAborted();
  reporter[Symbol.dispose]();
  process.stdout.write(
    json ? `${JSON.stringify({ type: 'result', result })}\n` : print(result, assembly.context),
  );
}
