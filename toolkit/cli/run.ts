import type { EventSink } from '../domain/events.ts';
import type { Context } from '../pipeline/context.ts';
import { readImageConfig } from '../pipeline/image.ts';
import { jsonDocument, type Paint, paint } from '../report/answers/text.ts';
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
  const json = wantsJson(options, process.env);
  await withPipeline(options, json, work, (result, context) =>
    json ? `${JSON.stringify({ type: 'result', result })}\n` : print(result, context),
  );
}

/**
 * Answers one question about the graph: as text for people, or as one JSON document. What happens on the way
 * is told on stderr, so that stdout holds nothing but the answer.
 */
export async function answerQuestion<T>(
  options: CommandOptions,
  ask: (context: Context, signal: AbortSignal) => Promise<T>,
  print: (answer: T, paint: Paint) => string,
): Promise<void> {
  const json = wantsJson(options, process.env);
  const colours = process.stdout.isTTY && process.env.TERM !== 'dumb' && !process.env.NO_COLOR;
  await withPipeline(
    options,
    false,
    (context, _assembly, signal) => ask(context, signal),
    (answer) => (json ? jsonDocument(answer) : print(answer, paint(colours === true))),
  );
}

/** Opens the world, works, and prints what `print` makes of the result when all that was shown is gone. */
export async function withPipeline<T>(
  options: CommandOptions,
  jsonEvents: boolean,
  work: Work<T>,
  print: (result: T, context: Context) => string = () => '',
): Promise<void> {
  const signal = interruption();
  const settings = readSettings(options, process.env);
  // A typo is told at once, not after the roots were made.
  if (settings.config !== undefined) await readImageConfig(settings);
  using reporter = createReporter(jsonEvents);
  const events: EventSink = reporter;
  await using assembly = await assemble(settings, events, process.env, signal);
  const result = await work(assembly.context, assembly, signal);
  signal.throwIfAborted();
  reporter[Symbol.dispose]();
  process.stdout.write(print(result, assembly.context));
}
