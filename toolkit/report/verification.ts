import type { PackageDifference } from '../domain/difference.ts';
import type { Verification, VerifiedSource } from '../domain/verification.ts';
import { type Paint, printable } from './answers/text.ts';

/** The result of `distrokit verify`: what differs and where, what is excepted and why, and the shares. */
export function verificationText(result: Verification, paint: Paint): string {
  const { sources, count, identical, excepted, unbuilt } = result;
  const told = sources.map((source) => sourceText(source, paint)).join('');
  const varied = [...new Set(sources.flatMap((source) => source.varied))].sort();
  const conditions = varied.length === 0 ? '' : `otherwise in the second build: ${varied.join(', ')}\n`;
  const differ = count.packages - identical.packages - excepted;
  const others = [
    ...(excepted === 0 ? [] : [`${excepted} with a stated exception`]),
    ...(differ === 0 ? [] : [`${differ} not`]),
    ...(unbuilt === 0 ? [] : [`${unbuilt} of the source packages could not be built`]),
  ];
  return (
    `${told}${conditions}${identical.sources} of ${count.sources} source packages ` +
    `(${share(identical.sources, count.sources)}), ${identical.packages} of ${count.packages} packages ` +
    `(${share(identical.packages, count.packages)}) byte-identical` +
    `${others.map((text) => `, ${text}`).join('')}\n`
  );
}

function sourceText(source: VerifiedSource, paint: Paint): string {
  const lines: string[] = [];
  const head = (verdict: string) => `${paint.strong(source.name)}: ${verdict}`;
  if (source.verdict === 'failed') {
    lines.push(head(`does not build otherwise: ${printable(source.failure?.message ?? '')}`));
    lines.push(`  log: ${source.failure?.log}`);
  }
  if (source.verdict === 'unbuilt') {
    lines.push(head(`not verified: ${printable(source.failure?.message ?? '')}`));
  }
  if (source.verdict === 'differs') lines.push(head('differs'));
  for (const { nevra, differences } of source.open) {
    lines.push(`  ${nevra}`, ...differences.map((one) => `    ${differenceText(one)}`));
  }
  if (source.verdict === 'differs') lines.push(`  the second build is in ${source.second}`);
  if (source.verdict === 'excepted') lines.push(head('differs only in what its spec excepts'));
  if (source.verdict !== 'failed' && source.verdict !== 'unbuilt') {
    for (const exception of source.exceptions) {
      const place = `${source.spec}:${exception.line}`;
      const text = `${printable(exception.subject)} - ${printable(exception.reason)}`;
      const isUnused = source.unused.includes(exception);
      lines.push(isUnused ? paint.warn(`  ${place}: nothing differs in ${text}`) : `  excepted: ${text}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

function differenceText({ what, name, member, detail }: PackageDifference): string {
  const inside = member === '' ? '' : ` > ${member}`;
  return printable(`${what === 'file' ? '' : `${what} `}${name}${inside}: ${detail}`);
}

/** Rounded down, so that only all are 100 %. */
function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${(Math.floor((part * 1000) / whole) / 10).toFixed(1)} %`;
}
