import type { AnswerEdge } from '../../domain/answers/edges.ts';
import type { NeedsTree } from '../../domain/answers/needs.ts';
import { edgeConditions, type NodeLookup, nodeLabel } from './label.ts';
import { type Paint, printable } from './text.ts';

interface Branch {
  readonly id: string;
  readonly edges: readonly AnswerEdge[];
}

/**
 * A tree of needs. What was shown already is not shown again below another node, so that no cycle is endless
 * and no line comes twice: `...` stands for what is above.
 */
export function treeText(tree: NeedsTree, isReverse: boolean, node: NodeLookup, paint: Paint): string {
  const ends = (edge: AnswerEdge) =>
    (isReverse ? [edge.to, edge.from] : [edge.from, edge.to]) as [string, string];
  const children = new Map<string, Map<string, AnswerEdge[]>>();
  for (const edge of tree.edges) {
    const [near, far] = ends(edge);
    const below = children.get(near) ?? new Map<string, AnswerEdge[]>();
    children.set(near, below);
    below.set(far, [...(below.get(far) ?? []), edge]);
  }
  const branches = (id: string): Branch[] =>
    [...(children.get(id) ?? [])].map(([far, edges]) => ({ id: far, edges }));
  const lines: string[] = [];
  const shown = new Set<string>(tree.roots);
  // A chain of requirements may be deeper than the stack.
  const pending: { readonly branch: Branch; readonly indent: string; readonly isLast: boolean }[] = [];
  const push = (id: string, indent: string): void => {
    const list = branches(id);
    for (const [at, branch] of list.entries())
      pending.push({ branch, indent, isLast: at === list.length - 1 });
    pending.push(...pending.splice(pending.length - list.length).reverse());
  };
  for (const root of tree.roots) {
    if (!children.has(root)) continue;
    lines.push(`  ${paint.strong(nodeLabel(node(root)))}`);
    push(root, '  ');
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { branch, indent, isLast } = next;
      const again = shown.has(branch.id) && children.has(branch.id) ? ' ...' : '';
      const remarks = remarksOf(branch, isReverse, node);
      const faint = remarks === '' ? '' : paint.faint(`  (${remarks})`);
      lines.push(`${indent}${isLast ? '└─' : '├─'} ${nodeLabel(node(branch.id))}${faint}${again}`);
      if (shown.has(branch.id)) continue;
      shown.add(branch.id);
      push(branch.id, `${indent}${isLast ? '   ' : '│  '}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Texts that ask, joined; a long list is cut. */
function remarksOf({ edges, id }: Branch, isReverse: boolean, node: NodeLookup): string {
  const to = node(isReverse ? edges[0]!.to : id);
  const texts = [...new Set(edges.map(({ text }) => text))].filter((text) => text !== '' && text !== to.name);
  const cut = texts.length > 3 ? [...texts.slice(0, 3), `${texts.length - 3} more`] : texts;
  const asked = cut.length === 0 ? [] : [`for ${cut.join(', ')}`];
  return printable([...asked, ...edgeConditions(edges)].join('; '));
}
