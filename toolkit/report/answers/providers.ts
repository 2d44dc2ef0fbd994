import type { AnswerNode } from '../../domain/answers/node.ts';
import type {
  CapabilityProviders,
  ProviderCandidate,
  ProvidersAnswer,
} from '../../domain/answers/providers.ts';
import type { Preference } from '../../domain/graph-preference.ts';
import { type NodeLookup, nodeLabel, nodeLookup } from './label.ts';
import { type Paint, printable, table } from './text.ts';

const BEATS: Readonly<Record<Preference, string>> = {
  preferred: 'the profile prefers it',
  stated: 'its spec states it; of the next it is only expected',
  prediction: 'there is a surer sign that it will provide it',
  origin: 'of the better origin (local specs, package servers, the seed root)',
  priority: 'its package server has the better priority',
  obsoleted: 'the next is obsoleted by another package',
  'own-name': 'it is called like the capability',
  version: 'its version is higher',
  name: 'its name comes first',
  spec: 'its spec comes first',
};

/** As many candidates as a person reads. */
const SHOWN = 30;

/** The answer to `distrokit providers`. */
export function providersText(answer: ProvidersAnswer, paint: Paint): string {
  const node = nodeLookup(answer.nodes);
  const parts = answer.parts.map((part) => partText(part, node, paint)).join('\n');
  const isRich = answer.parts.length > 1;
  if (!isRich) return parts;
  const chosen = answer.chosen.map((id) => nodeLabel(node(id))).join(', ');
  const condition = answer.isConditional ? ', as its condition decides' : '';
  return `${parts}\n${paint.strong(printable(answer.asked))} is satisfied by ${chosen === '' ? 'nothing' : chosen}${condition}\n`;
}

function partText(
  { capability, candidates, wrongVersion }: CapabilityProviders,
  node: NodeLookup,
  paint: Paint,
): string {
  const title = paint.strong(printable(capability));
  const wrong =
    wrongVersion.length === 0
      ? ''
      : `  in another version:\n${table(
          wrongVersion.map((one) => ['-', ...cells(one, node)]),
          '    ',
        )}`;
  if (candidates.length === 0) return `${title}: nobody provides it\n${wrong}`;
  const rows = candidates.slice(0, SHOWN).map((one, at) => {
    const why = one.beatsNextBy === undefined ? '' : `before the next: ${BEATS[one.beatsNextBy]}`;
    return [String(at + 1), ...cells(one, node), paint.faint(why)];
  });
  const rest = candidates.length - rows.length;
  const more = rest === 0 ? '' : `  and ${rest} more (--json lists all)\n`;
  return `${title}\n${table(rows, '  ')}${more}${wrong}`;
}

function cells(candidate: ProviderCandidate, node: NodeLookup): readonly string[] {
  const provides =
    candidate.predicted === undefined
      ? `provides ${candidate.provides}`
      : `is expected to provide ${candidate.provides} (by ${candidate.predicted})`;
  return [candidate.package, candidate.evr, originText(node(candidate.id)), provides].map(printable);
}

function originText(node: AnswerNode): string {
  switch (node.kind) {
    case 'package':
      return node.spec;
    case 'server':
      return `server ${node.repository}`;
    case 'prebuilt':
      return 'prebuilt, says the profile';
    default:
      return 'the seed root';
  }
}
