import type { Random } from './random.ts';

const WORDS =
  'archive buffer cache daemon encode filter gateway header index journal kernel layout memory network object parser queue record stream table update vector widget window'.split(
    ' ',
  );
const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
/** Day of the newest entry of a changelog: 2026-01-01. */
const NEWEST = 20_454;

/** A name that no other number gives. */
export function wordName(at: number): string {
  const first = WORDS[at % WORDS.length];
  const second = WORDS[Math.floor(at / WORDS.length) % WORDS.length];
  return `${first}${second}${Math.floor(at / WORDS.length ** 2) || ''}`;
}

export function paragraph(random: Random, lines: number): string {
  return Array.from({ length: lines }, () =>
    Array.from({ length: random.between(8, 12) }, () => random.pick(WORDS)).join(' '),
  ).join('\n');
}

/** A %changelog as rpm wants it: newest first, with the right days of the week. */
export function changelog(random: Random, entries: number): string {
  let day = NEWEST;
  const lines = ['%changelog'];
  for (let left = entries; left > 0; left -= 1) {
    day -= random.between(1, 60);
    const date = new Date(day * DAY_MS);
    const written = `${DAYS[day % 7]} ${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, '0')} ${date.getUTCFullYear()}`;
    lines.push(`* ${written} A Packager <packager@example.invalid> - 1.${left}.0-${random.between(1, 9)}`);
    for (let count = random.between(1, 3); count > 0; count -= 1) lines.push(`- ${paragraph(random, 1)}`);
    lines.push('');
  }
  return lines.join('\n');
}
