import type { ImageVerification } from '../domain/image-verification.ts';
import { type Paint, printable } from './answers/text.ts';

/** More differences of one image nobody reads; `--json` has them all. */
const MOST = 100;

/** The result of `distrokit verify CONFIG`: what differs, where, and what it came from. */
export function imageVerificationText(result: ImageVerification, paint: Paint): string {
  const { name, files, differences, varied, second } = result;
  const other = files.filter(({ identical }) => !identical);
  const lines = other.length === 0 ? [] : [`${paint.strong(name)}: differs`];
  for (const { where, what, member, detail, from } of differences.slice(0, MOST)) {
    const place = [where, what, member].filter((part) => part !== '').join(' > ');
    lines.push(`  ${printable(`${place}: ${detail}`)}`);
    if (from !== '') lines.push(paint.faint(`    from ${printable(from)}`));
  }
  if (differences.length > MOST) lines.push(`  and ${differences.length - MOST} more (--json lists all)`);
  if (other.length > 0) lines.push(`  not the same: ${other.map((file) => file.name).join(', ')}`);
  if (second !== undefined) lines.push(`  the second image is in ${second}`);
  if (varied.length > 0) lines.push(`otherwise in the second image: ${varied.join(', ')}`);
  lines.push(`${files.length - other.length} of ${files.length} files of ${name} byte-identical`);
  return lines.map((line) => `${line}\n`).join('');
}
