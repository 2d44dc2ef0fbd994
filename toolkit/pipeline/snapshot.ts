import { readFile } from 'node:fs/promises';
import { replaceFile } from './replace-file.ts';

/**
 * Writes what a stage gave, to be looked at and compared: sorted JSON, replaced atomically and only when it
 * differs. Maps and sets are written as sorted lists.
 */
export async function writeSnapshot(path: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(sorted(value), null, 1)}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return;
  await replaceFile(path, text);
}

/** The same as plain data, with the keys of all objects in code-unit order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Map) {
    return [...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(sorted);
  }
  if (value instanceof Set) return [...value].sort().map(sorted);
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(Reflect.get(value, name))]));
}
