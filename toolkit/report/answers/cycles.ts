import type { CyclesAnswer } from '../../domain/answers/cycles.ts';
import type { DependencyCycle } from '../../domain/graph.ts';
import { type NodeLookup, nodeLabel, nodeLookup } from './label.ts';
import { count, type Paint, printable, table } from './text.ts';

/** The answer to `distrokit cycles`; `all` lists those of packages only too. */
export function cyclesText(answer: CyclesAnswer, all: boolean, paint: Paint): string {
  const { unsolved, breaks, runOnly } = answer;
  const node = nodeLookup(answer.nodes);
  const title =
    unsolved.length === 0
      ? 'No cycle stands in the way of building.'
      : `${count(unsolved.length, 'cycle')} that no order of builds can satisfy`;
  const broken = breaks.map(({ srpm, package: package_, requirement, provider }) => {
    const giver = provider.kind === 'server' ? provider.repository : provider.package;
    return [package_ ?? srpm, `takes ${requirement}`, `prebuilt from ${giver}`].map(printable);
  });
  return [
    `${paint.strong(title)}\n`,
    ...unsolved.map((cycle, at) => `\n${cycleText(cycle, at + 1, node, paint)}`),
    broken.length === 0
      ? ''
      : `\n${paint.strong(`${count(broken.length, 'dependency', 'dependencies')} taken prebuilt to break a cycle`)}\n${table(broken, '  ')}`,
    runOnlyText(runOnly, all, node),
  ].join('');
}

function cycleText(cycle: DependencyCycle, number: number, node: NodeLookup, paint: Paint): string {
  const { nodes, edges, componentSize } = cycle;
  const rows = nodes.map((_id, at) => {
    const next = node(nodes[(at + 1) % nodes.length]!);
    const isMade = next.kind === 'build';
    const text = edges[at]!;
    return [
      isMade ? 'is made by' : 'needs',
      nodeLabel(next),
      isMade || text === next.name ? '' : paint.faint(`for ${printable(text)}`),
    ];
  });
  const size = `the shortest way round, of ${componentSize} source packages and packages that are tangled up`;
  const cut = cutText(cycle);
  const advice = cut === '' ? '' : `     ${printable(cut)}\n`;
  return `${number}. ${size}\n     ${paint.strong(nodeLabel(node(nodes[0]!)))}\n${table(rows, '       ')}${advice}`;
}

/** So many steps of a proposal are told. */
const STEPS = 6;

/** What would have to be prebuilt to break a cycle and all that it is tangled up with; empty: no way is known. */
export function cutText({ cut }: DependencyCycle): string {
  const steps = cut.slice(0, STEPS).map(({ packages, frees }) => `${packages.join(', ')} (frees ${frees})`);
  const rest = cut.length > STEPS ? [`${cut.length - STEPS} more`] : [];
  return cut.length === 0
    ? ''
    : `It would be broken by prebuilt packages: ${[...steps, ...rest].join('; ')}.`;
}

function runOnlyText(runOnly: CyclesAnswer['runOnly'], all: boolean, node: NodeLookup): string {
  if (runOnly.length === 0) return '';
  const title = `${count(runOnly.length, 'group')} of packages that need each other to run are installed together: no problem`;
  if (!all) return `\n${title} (--all lists them).\n`;
  return `\n${title}:\n${runOnly.map((ids) => `  ${ids.map((id) => nodeLabel(node(id))).join(' ')}\n`).join('')}`;
}
