import type { AnswerEdge } from '../../domain/answers/edges.ts';
import type { WhyAnswer } from '../../domain/answers/why.ts';
import { edgeRemarks, type NodeLookup, nodeLabel, nodeLookup, relation } from './label.ts';
import { count, type Paint, printable, table } from './text.ts';

/** The answer to `distrokit why`. */
export function whyText(answer: WhyAnswer, paint: Paint): string {
  const { chains, chainCount, subject } = answer;
  const node = nodeLookup(answer.nodes);
  const origin = originText(answer, node);
  const asked = paint.strong(printable(subject.asked));
  if (chains.length === 0) {
    const alone = answer.isEverything
      ? `Nothing else needs ${asked}: it is there because everything is asked for.`
      : `Nothing that ${printable(answer.goal)} asks for needs ${asked}.`;
    return `${alone}\n${origin}`;
  }
  const shown = chains.length < chainCount ? `${chains.length} of ${chainCount} shortest chains` : 'shortest';
  const title =
    chainCount === 1 ? 'the shortest chain' : chains.length < chainCount ? shown : 'the shortest chains';
  const texts = chains.map((chain) => chainText(chain, answer, node, paint));
  const from = answer.isEverything ? '' : ` from ${printable(answer.goal)}`;
  return `${asked}: ${title}${from}, of ${count(stepsOf(chains[0]!, answer).length, 'step')}\n\n${texts.join('\n')}\n${origin}`;
}

/** With everything as the goal its own step says nothing. */
function stepsOf(chain: readonly AnswerEdge[], { isEverything }: WhyAnswer): readonly AnswerEdge[] {
  return isEverything ? chain.slice(1) : chain;
}

function chainText(chain: readonly AnswerEdge[], answer: WhyAnswer, node: NodeLookup, paint: Paint): string {
  const steps = stepsOf(chain, answer);
  const first = steps[0];
  if (first === undefined) return '';
  const rows = steps.map((edge) => {
    const to = node(edge.to);
    return [relation(edge), nodeLabel(to), paint.faint(edgeRemarks(edge, to))];
  });
  return `  ${paint.strong(nodeLabel(node(first.from)))}\n${table(rows, '    ')}`;
}

/** Where it comes from, when it is not built here. */
function originText({ subject }: WhyAnswer, node: NodeLookup): string {
  const lines = subject.ids.flatMap((id) => {
    const one = node(id);
    switch (one.kind) {
      case 'server':
        return `${one.name} comes prebuilt from the package server ${one.repository}.`;
      case 'prebuilt':
        return `${one.name} has to be had prebuilt, says the profile; no package server has it.`;
      case 'seed':
        return `${one.name} comes from the seed root that packages are built in; no image gets it.`;
      case 'unresolved':
        return `${one.name} is provided by nobody.`;
      default:
        return [];
    }
  });
  return lines.map((line) => `${printable(line)}\n`).join('');
}
