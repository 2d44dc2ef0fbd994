import type { z } from 'zod';
import type { ConfigDocument } from '../image-document.ts';
import { definitionOf, optionWith } from '../schema-keys.ts';

/**
 * A document whose keys get the schema's letter case, and whose comments (keys that begin with `_`) and nulls
 * are gone. Places are still those of the file. Two keys that differ in case only are a problem.
 */
export function foldDocument(document: ConfigDocument, schema: z.ZodType): ConfigDocument {
  if (document.problems.length > 0) return document;
  const written = new Map<string, string>();
  const doubles: { path: readonly PropertyKey[]; key: string }[] = [];

  function fold(value: unknown, type: unknown, path: readonly PropertyKey[]): unknown {
    if (Array.isArray(value)) {
      const { element } = definitionOf(optionWith(type, 'element'));
      return value.map((item, index) => fold(item, element, [...path, index]));
    }
    if (typeof value !== 'object' || value === null) return value;
    const { shape, valueType } = definitionOf(optionWith(type, 'shape'));
    const result: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (key.startsWith('_') || inner === null) continue;
      const known = Object.keys(shape ?? {}).find((name) => name.toLowerCase() === key.toLowerCase());
      const name = known ?? key;
      if (name in result) doubles.push({ path, key });
      written.set(JSON.stringify([...path, name]), key);
      result[name] = fold(inner, shape?.[name] ?? valueType, [...path, name]);
    }
    return result;
  }

  const value = fold(document.value, schema, []);
  const original = (path: readonly PropertyKey[]): PropertyKey[] =>
    path.map((step, index) => written.get(JSON.stringify(path.slice(0, index + 1))) ?? step);
  return {
    file: document.file,
    value,
    problems: doubles.map(({ path, key }) =>
      document.problemAtKey(original(path), key, `'${key}' is there twice`),
    ),
    problemAt: (path, message) => document.problemAt(original(path), message),
    problemAtKey: (path, key, message) => document.problemAtKey(original(path), key, message),
    replaces: (path) => document.replaces(original(path)),
  };
}
