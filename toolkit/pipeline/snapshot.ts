import { readFile } from 'node:fs/promises';
import { canonicalJson, type KeyPart } from '../domain/action-key.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Writes what a stage gave, to be looked at and compared: sorted JSON, replaced atomically and only when it
 * differs. Maps and sets are written as sorted lists.
 */
export async function writeSnapshot(path: string, value: unknown): Promise<void> {
  const plain: unknown = JSON.parse(JSON.stringify(value, (_name, member: unknown) => flatten(member)));
  const text = `${JSON.stringify(JSON.parse(canonicalJson(plain as KeyPart)), null, 1)}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return;
  await replaceFile(path, text);
}

function flatten(value: unknown): unknown {
  if (value instanceof Map) return [...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  if (value instanceof Set) return [...value].sort();
  return value;
}
