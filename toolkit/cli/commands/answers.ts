import { type Command, InvalidArgumentError } from 'commander';
import { cyclesOf } from '../../domain/answers/cycles.ts';
import { findSubject } from '../../domain/answers/find.ts';
import { neededBy, needsOf } from '../../domain/answers/needs.ts';
import { providersOf } from '../../domain/answers/providers.ts';
import { whatIfChanged } from '../../domain/answers/what-if.ts';
import { whyNeeded } from '../../domain/answers/why.ts';
import { chainStart } from '../../pipeline/answers.ts';
import { readDurations } from '../../pipeline/build-records.ts';
import { readGraph } from '../../pipeline/graph.ts';
import { cyclesText } from '../../report/answers/cycles.ts';
import { needsText } from '../../report/answers/needs.ts';
import { providersText } from '../../report/answers/providers.ts';
import { whatIfText } from '../../report/answers/what-if.ts';
import { whyText } from '../../report/answers/why.ts';
import { answerQuestion } from '../run.ts';
import type { CommandOptions } from '../session.ts';

/** `why`, `needs`, `what-if`, `providers`, `cycles`: questions about the graph. Nothing is built. */
export function addAnswerCommands(program: Command): void {
  question(program, 'why', 'tell why a package is there: the shortest chains from the goal')
    .argument('<package>', SUBJECT)
    .option('--config <file>', 'image configuration whose packages are the goal')
    .option('--from <packages...>', 'the goal: these instead of CONFIG, PACKAGES or everything')
    .option('--chains <number>', 'at most so many chains', wholeNumber, 3)
    .action(why);
  question(program, 'needs', 'tell what a package needs to be built and to run, or who needs it')
    .argument('<package>', SUBJECT)
    .option('--reverse', 'who needs it')
    .option('--depth <number>', 'only so many steps', wholeNumber)
    .action(needs);
  question(program, 'what-if', 'tell what would be built anew, in order, and why')
    .requiredOption('--changed <packages...>', `what changed: ${SUBJECT}`)
    .action(whatIf);
  question(program, 'providers', 'list who provides a capability, best first, and why in this order')
    .argument('<capability>', "a capability, also with a version or rich: 'pkgconfig(zlib) >= 1.2'")
    .action(providers);
  question(program, 'cycles', 'list source packages that need each other to be built')
    .option('--all', 'also packages that need each other only to run')
    .action(cycles);
}

const SUBJECT = 'a spec, package, NEVRA or capability';

function question(program: Command, name: string, about: string): Command {
  return program
    .command(name)
    .description(about)
    .option('--distro <name>', 'distribution profile (DISTRO)')
    .option('--specs <folder>', 'folder of the specs, or their tree (SPECS_DIR)')
    .option('--json', 'one JSON document');
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a whole number of at least 1.');
}

interface WhyOptions extends CommandOptions {
  readonly from?: readonly string[];
  readonly chains: number;
}

async function why(word: string, options: WhyOptions): Promise<void> {
  await answerQuestion(
    options,
    async (context, signal) => {
      const graph = await readGraph(context, signal);
      const start = await chainStart(graph, options.from ?? [], context);
      return whyNeeded(graph, start, findSubject(graph, word), options.chains);
    },
    whyText,
  );
}

interface NeedsOptions extends CommandOptions {
  readonly reverse?: boolean;
  readonly depth?: number;
}

async function needs(word: string, options: NeedsOptions): Promise<void> {
  await answerQuestion(
    options,
    async (context, signal) => {
      const graph = await readGraph(context, signal);
      const ask = options.reverse === true ? neededBy : needsOf;
      return ask(graph, findSubject(graph, word), options.depth);
    },
    needsText,
  );
}

async function whatIf(options: CommandOptions & { readonly changed: readonly string[] }): Promise<void> {
  await answerQuestion(
    options,
    async (context, signal) => {
      const graph = await readGraph(context, signal);
      const changed = options.changed.map((word) => findSubject(graph, word));
      return whatIfChanged(graph, changed, await readDurations(context));
    },
    whatIfText,
  );
}

async function providers(capability: string, options: CommandOptions): Promise<void> {
  await answerQuestion(
    options,
    async (context, signal) => providersOf(await readGraph(context, signal), capability),
    providersText,
  );
}

async function cycles(options: CommandOptions & { readonly all?: boolean }): Promise<void> {
  await answerQuestion(
    options,
    async (context, signal) => cyclesOf(await readGraph(context, signal)),
    (answer, paint) => cyclesText(answer, options.all === true, paint),
  );
}
