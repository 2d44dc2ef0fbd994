import type { DocumentNode, GraphDocument } from '../../domain/answers/document.ts';
import { printable } from '../answers/text.ts';

/** The graph in the language of Graphviz. Several dependencies on one node are one edge. */
export function graphDot({ goal, nodes, edges, cycles }: GraphDocument): string {
  const ring = new Set(
    cycles.flatMap((cycle) =>
      cycle.nodes.map((id, at) => `${id}\n${cycle.nodes[(at + 1) % cycle.nodes.length]}`),
    ),
  );
  const lines = [...Map.groupBy(edges, ({ from, to }) => `${from}\n${to}`)].map(([key, group]) => {
    const texts = group.map(({ text }) => text).filter((text) => text !== '');
    const unsure = group.every(({ isConditional, isPredicted }) => isConditional || isPredicted);
    const attributes = [
      ...(texts.length === 0 ? [] : [`tooltip=${quote(texts.join(', '))}`]),
      ...(group.some(({ kind }) => kind === 'built-by') ? ['style=bold'] : unsure ? ['style=dashed'] : []),
      ...(ring.has(key) ? ['color=deeppink3', 'penwidth=2'] : []),
    ];
    return `  ${quote(group[0]!.from)} -> ${quote(group[0]!.to)}${attributes.length === 0 ? '' : ` [${attributes.join(' ')}]`};\n`;
  });
  return [
    `digraph ${quote(goal)} {\n  rankdir=LR;\n  node [shape=box style=rounded fontname="sans-serif"];\n`,
    ...nodes.map((node) => `  ${quote(node.id)} [${nodeAttributes(node).join(' ')}];\n`),
    ...lines,
    '}\n',
  ].join('');
}

const COLOURS = {
  build: 'dodgerblue3',
  reuse: 'forestgreen',
  unneeded: 'gray50',
  server: 'mediumpurple3',
  prebuilt: 'maroon',
  seed: 'cyan4',
  unresolved: 'darkorange3',
  failed: 'firebrick',
} as const;

function nodeAttributes(node: DocumentNode): readonly string[] {
  const about = 'nevra' in node ? node.nevra : node.kind === 'server' ? node.repository : node.state;
  return [
    `label=${quote(node.name)}`,
    `tooltip=${quote(about)}`,
    `color=${COLOURS[node.state]}`,
    ...(node.kind === 'build' ? ['style=""'] : []),
    ...(node.inCycle ? ['penwidth=3'] : []),
  ];
}

/** A quoted string of dot: only quotes and backslashes mean something there. */
function quote(text: string): string {
  return `"${printable(text).replace(/[\\"]/g, '\\$&')}"`;
}
