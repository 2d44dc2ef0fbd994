import type { AnswerEdge, EdgeKind } from '../../domain/answers/edges.ts';
import type { AnswerNode } from '../../domain/answers/node.ts';
import { printable } from './text.ts';

/** Finds nodes of an answer by their ids. */
export type NodeLookup = (id: string) => AnswerNode;

export function nodeLookup(nodes: readonly AnswerNode[]): NodeLookup {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (id) => byId.get(id)!;
}

/** What a node is called on a line of its own. */
export function nodeLabel(node: AnswerNode): string {
  switch (node.kind) {
    case 'build':
      return printable(node.id);
    case 'server':
      return printable(`${node.name} (prebuilt, from ${node.repository})`);
    case 'prebuilt':
      return printable(`${node.name} (prebuilt, says the profile)`);
    case 'seed':
      return printable(`${node.name} (from the seed root)`);
    case 'unresolved':
      return printable(`${node.name} (nobody provides it)`);
    case 'failed':
      return printable(`${node.name} (could not be read)`);
    default:
      return printable(node.name);
  }
}

const RELATIONS: Readonly<Record<EdgeKind, string>> = {
  goal: 'asks for',
  'build-requires': 'needs to be built',
  requires: 'requires',
  'built-by': 'is made by',
};

/** What leads along an edge, in words. */
export function relation({ kind }: AnswerEdge): string {
  return RELATIONS[kind];
}

/** What has to be said of an edge beside where it leads: the text that asks, conditions, predictions. */
export function edgeRemarks(edge: AnswerEdge, to: AnswerNode): string {
  const asked = edge.text === '' || edge.text === to.name ? [] : [`for ${printable(edge.text)}`];
  return [...asked, ...edgeConditions([edge])].join(', ');
}

/** What makes all of some edges less than certain. */
export function edgeConditions(edges: readonly AnswerEdge[]): readonly string[] {
  return [
    ...(edges.every(({ isConditional }) => isConditional) ? ['if its condition holds'] : []),
    ...(edges.every(({ isPredicted }) => isPredicted) ? ['predicted: only its build will tell'] : []),
  ];
}
