import type { GraphDocument } from '../../domain/answers/document.ts';
import { cutText } from '../answers/cycles.ts';
import { printable } from '../answers/text.ts';
import { KINDS, MARKS, type PageData, STATES } from '../graph-page/data.ts';

/** A graph as the page takes it: no text twice, nodes by number. The goal itself is no node there. */
export function pageData({ goal, nodes, edges, cycles }: GraphDocument): PageData {
  const shown = nodes.filter((node) => node.kind !== 'goal');
  const numbers = new Map(shown.map(({ id }, number) => [id, number]));
  const specs = numbering();
  const texts = numbering();
  const flat: number[][] = shown.map(() => []);
  for (const { from, to, kind, text, isConditional, isPredicted } of edges) {
    const marks =
      (kind === 'built-by' ? MARKS.madeBy : 0) |
      (isConditional ? MARKS.conditional : 0) |
      (isPredicted ? MARKS.predicted : 0);
    flat[numbers.get(from)!]!.push(numbers.get(to)!, text === '' ? -1 : texts.of(text), marks);
  }
  return {
    goal: printable(goal),
    nodes: shown.map((node) => {
      const { kind, state, inCycle, name } = node;
      const spec = specOf(node);
      return [
        KINDS.indexOf(kind),
        STATES.indexOf(state),
        inCycle ? 1 : 0,
        printable(name),
        printable(aboutOf(node)),
        spec === '' ? -1 : specs.of(spec),
      ];
    }),
    specs: specs.list.map(printable),
    texts: texts.list.map(printable),
    edges: flat,
    cycles: cycles.map((cycle) => ({
      nodes: cycle.nodes.map((id) => numbers.get(id)!),
      size: cycle.componentSize,
      advice: printable(cutText(cycle)),
    })),
  };
}

type ShownNode = Exclude<GraphDocument['nodes'][number], { kind: 'goal' }>;

function specOf(node: ShownNode): string {
  return node.kind === 'package' ? node.spec : node.kind === 'build' || node.kind === 'failed' ? node.id : '';
}

function aboutOf(node: ShownNode): string {
  switch (node.kind) {
    case 'build':
    case 'package':
      return node.nevra.slice(node.name.length + 1);
    case 'server':
      return node.repository;
    case 'failed':
      return `${node.error.file}${node.error.line === null ? '' : `:${node.error.line}`}: ${node.error.message}`;
    default:
      return '';
  }
}

/** Gives each text a number, in the order in which they come. */
function numbering(): { readonly list: readonly string[]; of(text: string): number } {
  const numbers = new Map<string, number>();
  const list: string[] = [];
  return {
    list,
    of(text) {
      let number = numbers.get(text);
      if (number === undefined) {
        number = list.push(text) - 1;
        numbers.set(text, number);
      }
      return number;
    },
  };
}
