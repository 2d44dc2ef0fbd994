import type { ChangedFile, FileFacts, ImageDifference } from '../domain/image-difference.ts';
import { count, type Paint, printable } from './answers/text.ts';
import { formatBytes } from './duration.ts';

/** More files of one kind nobody reads; `--json` has them all. */
const MOST = 200;

/** How two images differ, one thing a line: `+` only in the second, `-` only in the first, `*` in both. */
export function imageDifferenceText(difference: ImageDifference, paint: Paint): string {
  const { packages, files, commandLine, artifacts, content, same } = difference;
  if (same) return 'the images are the same\n';
  const sections = [
    section('packages', [
      ...packages.removed.map((nevra) => `- ${printable(nevra)}`),
      ...packages.added.map((nevra) => `+ ${printable(nevra)}`),
      ...packages.changed.map(({ name, from, to }) => printable(`* ${name} ${from} -> ${to}`)),
      ...packages.rebuilt.map((nevra) => printable(`* ${nevra}: the same version, other bytes`)),
    ]),
    section('files', [
      ...some(files.removed.map(({ path, facts }) => `- ${fileText(path, facts)}`)),
      ...some(files.added.map(({ path, facts }) => `+ ${fileText(path, facts)}`)),
      ...some(files.changed.map((file) => `* ${changedText(file)}`)),
      ...(files.times.length === 0 ? [] : [`${count(files.times.length, 'file')} only with another time`]),
    ]),
    section(
      'kernel command line',
      commandLine === undefined
        ? []
        : [printable(`- ${commandLine.from || 'none'}`), printable(`+ ${commandLine.to || 'none'}`)],
    ),
    section('size', [
      ...(content.from === content.to ? [] : [`content ${sizes(content)}`]),
      ...artifacts.changed.map((one) =>
        one.from === one.to
          ? `${one.name} ${formatBytes(one.from)}, other bytes`
          : `${one.name} ${sizes(one)}`,
      ),
      ...artifacts.removed.map((name) => `${name} only of the first`),
      ...artifacts.added.map((name) => `${name} only of the second`),
    ]),
  ];
  return sections.join('');

  function section(title: string, lines: readonly string[]): string {
    if (lines.length === 0) return '';
    return `${paint.strong(title)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  }
}

function some(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST) return lines;
  return [...lines.slice(0, MOST), `  and ${lines.length - MOST} more (--json lists all)`];
}

function fileText(path: string, { type, mode, owner, size, target }: FileFacts): string {
  const more = target === undefined ? (size === undefined ? '' : `, ${size} bytes`) : ` to ${target}`;
  return printable(`${path}: ${type} ${mode} ${owner}${more}`);
}

function changedText({ path, changes }: ChangedFile): string {
  const told = changes
    .filter(({ field }) => field !== 'time')
    .map(({ field, from, to }) =>
      field === 'content' ? field : `${field} ${from || 'none'} / ${to || 'none'}`,
    );
  return printable(`${path}: ${told.join(', ')}`);
}

function sizes({ from, to }: { readonly from: number; readonly to: number }): string {
  const sign = to < from ? '-' : '+';
  return `${formatBytes(from)} / ${formatBytes(to)} (${sign}${formatBytes(Math.abs(to - from))})`;
}
