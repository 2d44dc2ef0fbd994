import type { BuildStates } from '../domain/answers/document.ts';
import { findSubject, type Subject } from '../domain/answers/find.ts';
import type { ChainStart } from '../domain/answers/why.ts';
import { ToolkitError } from '../domain/errors.ts';
import type { DependencyGraph } from '../domain/graph.ts';
import { byCodeUnit } from '../domain/text.ts';
import type { Context } from './context.ts';
import { buildReasons } from './dry-run.ts';
import { readImageConfig } from './image.ts';
import { packageGoal } from './index.ts';
import { planGoal } from './packages.ts';

/** Where chains start: at what the user named, else at the goal of the run. */
export async function chainStart(
  graph: DependencyGraph,
  from: readonly string[],
  { settings }: Context,
): Promise<ChainStart> {
  if (from.length > 0) {
    const nodes = from.flatMap((word) => entryNodes(graph, findSubject(graph, word)));
    return { name: from.join(' '), install: [], nodes, isEverything: false };
  }
  const { config, packages } = settings;
  if (config === undefined && packages.length === 0) {
    // What is built is also there to be installed: who needs it only to run counts too.
    const nodes = [...graph.builds.keys(), ...graph.packages.keys()].sort(byCodeUnit);
    return { name: 'everything', install: [], nodes, isEverything: true };
  }
  const image = config === undefined ? undefined : await readImageConfig(settings);
  return {
    name: [...(image === undefined ? [] : [image.name]), ...packages].join(' '),
    install: image?.packages ?? [],
    nodes: packages.flatMap((word) => entryNodes(graph, findSubject(graph, word))),
    isEverything: false,
  };
}

/** Of a spec the build: its packages are wanted only by those who need them. */
function entryNodes(graph: DependencyGraph, { as, ids }: Subject): readonly string[] {
  return as === 'spec' ? ids.filter((id) => graph.builds.has(id)) : ids;
}

/** What a run for the goal would build, and what it would take from the cache; nothing is built. */
export async function buildStates(
  graph: DependencyGraph,
  context: Context,
  signal: AbortSignal,
): Promise<BuildStates> {
  const { name } = await chainStart(graph, [], context);
  try {
    const plan = await planGoal(graph, await packageGoal(graph, context), context, signal);
    const reasons = await buildReasons(graph, plan, context, signal);
    const states = new Map(
      plan.builds.map(({ srpm }) => [srpm, reasons.has(srpm) ? 'build' : 'reuse'] as const),
    );
    // A plan with cycles in it is one of everything: it leaves out what waits for them.
    const stuck =
      plan.cycles.length === 0 ? [] : [...graph.builds.keys()].filter((srpm) => !states.has(srpm));
    for (const srpm of stuck) states.set(srpm, 'build');
    return { goal: name, states };
  } catch (error) {
    // A graph that cannot be planned is the one that people want to look at.
    if (!(error instanceof ToolkitError) || error.errorClass !== 'build') throw error;
    context.ports.events.emit({ type: 'notice.given', level: 'warning', message: error.message });
    return { goal: name, states: new Map([...graph.builds.keys()].map((srpm) => [srpm, 'build'])) };
  }
}
