import type { NeedsAnswer, NeedsTree } from '../../domain/answers/needs.ts';
import { nodeLookup } from './label.ts';
import { count, type Paint, printable } from './text.ts';
import { treeText } from './tree.ts';

/** The answer to `distrokit needs`. */
export function needsText(answer: NeedsAnswer, paint: Paint): string {
  const { subject, isReverse, build, run, buildsBefore } = answer;
  const asked = printable(subject.asked);
  const node = nodeLookup(answer.nodes);
  const section = (title: string, none: string, tree: NeedsTree): string => {
    if (tree.edges.length === 0) return `${none}\n`;
    const far = new Set(tree.edges.map(({ from, to }) => (isReverse ? from : to)));
    for (const root of tree.roots) far.delete(root);
    return `${paint.strong(`${title} (${far.size})`)}\n${treeText(tree, isReverse, node, paint)}`;
  };
  const before =
    buildsBefore.length === 0
      ? ''
      : `\n${paint.strong(`${count(buildsBefore.length, 'source package')} built before it, in this order`)}\n  ${buildsBefore.map(printable).join(' ')}\n`;
  return isReverse
    ? `${section(`Needed to build`, `No build has ${asked} in its root.`, build)}\n${section('Needed to run', `No package requires ${asked}.`, run)}`
    : `${section('To be built it needs', `${asked} needs nothing to be built.`, build)}\n${section('To run it needs', `${asked} needs nothing to run.`, run)}${before}`;
}
