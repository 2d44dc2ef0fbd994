import type { Rebuild, WhatIfAnswer } from '../../domain/answers/what-if.ts';
import { formatDuration } from '../duration.ts';
import { type NodeLookup, nodeLabel, nodeLookup } from './label.ts';
import { count, type Paint, printable, table } from './text.ts';

/** The answer to `distrokit what-if`. */
export function whatIfText(answer: WhatIfAnswer, paint: Paint): string {
  const { rebuilds, changed, buildCount } = answer;
  const asked = changed.map((subject) => printable(subject.asked)).join(' ');
  if (rebuilds.length === 0) return `Nothing would be built anew: no spec here makes ${asked}.\n`;
  const node = nodeLookup(answer.nodes);
  const rows = rebuilds.map((rebuild, at) => [
    String(at + 1).padStart(String(rebuilds.length).length),
    printable(rebuild.name),
    ...(answer.unknownCount === rebuilds.length ? [] : [lastTime(rebuild)]),
    reason(rebuild, node),
  ]);
  const dependents = rebuilds.some(({ isChanged }) => !isChanged);
  const spared = dependents
    ? 'A package whose output comes out the same as before spares those that wait for it.\n'
    : '';
  const title = `If ${asked} changed, ${rebuilds.length} of ${count(buildCount, 'source package')} would be built anew, in this order:`;
  const cycles = answer.cycles.map(
    (names, at) =>
      `Cycle ${at + 1}: ${names.length} that need each other to be built, see 'distrokit cycles'.\n`,
  );
  return `${paint.strong(title)}\n\n${table(rows, '  ')}\n${spared}${cycles.join('')}${timeText(answer)}`;
}

function lastTime({ lastMs }: Rebuild): string {
  return lastMs === undefined ? '?' : formatDuration(lastMs);
}

function reason({ isChanged, because, cycle }: Rebuild, node: NodeLookup): string {
  const remark = cycle === undefined ? '' : ` (in cycle ${cycle + 1})`;
  if (isChanged) return `changed${remark}`;
  const words = because.map(({ kind, text, to, isPredicted }) => {
    const name = nodeLabel(node(to));
    const asked = text === '' || text === name ? '' : ` for ${printable(text)}`;
    const told = isPredicted ? ' (predicted)' : '';
    if (kind === 'built-by') return `made by ${printable(node(to).name)}`;
    return kind === 'requires' ? `which requires ${name}${asked}${told}` : `needs ${name}${asked}${told}`;
  });
  return `${words.join(', ')}${remark}`;
}

function timeText({ knownMs, unknownCount, rebuilds }: WhatIfAnswer): string {
  if (unknownCount === rebuilds.length)
    return 'None of them was built here yet: nobody knows how long it takes.\n';
  const rest = unknownCount === 0 ? '' : `, and ${unknownCount} that were never built here`;
  return `Up to ${formatDuration(knownMs)} of building, one after the other${rest}.\n`;
}
