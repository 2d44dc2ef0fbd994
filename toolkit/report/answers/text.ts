import { redact } from '../redact.ts';

/** How words are emphasized; on anything but a terminal not at all. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly warn: (text: string) => string;
}

/** Escape codes on a terminal, nothing elsewhere. */
export function paint(isTerminal: boolean): Paint {
  const code = (number: number) => (text: string) =>
    isTerminal && text !== '' ? `\u001b[${number}m${text}\u001b[0m` : text;
  return { strong: code(1), faint: code(2), warn: code(33) };
}

/** More of a name or a dependency nobody reads; one spec must not make a table too wide for memory. */
const LONGEST = 300;

/**
 * Text of a spec on one line of a terminal: no control characters (C1 too), nothing that turns the direction
 * of writing, no line breaks; what is longer than people read ends in `…`.
 */
export function printable(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return redact(cut).replace(/[\n\t\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ');
}

/** One JSON document; what a terminal might obey is written as escapes. */
export function jsonDocument(value: unknown): string {
  const text = JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

/** Rows with their columns aligned; the last column is not padded. Cells are printable text already. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = (rows[0] ?? []).map((_cell, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) => {
      const last = row.findLastIndex((cell) => cell !== '');
      const cells = row.slice(0, last + 1).map((cell, at) => (at === last ? cell : cell.padEnd(widths[at]!)));
      return `${indent}${cells.join('  ')}\n`;
    })
    .join('');
}

/** `1 package`, `3 packages`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
