import type { z } from 'zod';

interface Definition {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  /** Of a record. */
  readonly valueType?: unknown;
  /** Of a union. */
  readonly options?: readonly unknown[];
  readonly innerType?: unknown;
}

/** zod's own description of a schema, with optional() and default() taken off. */
export function definitionOf(schema: unknown): Definition {
  const definition = (schema as { _zod?: { def?: Definition } } | undefined)?._zod?.def ?? {};
  return definition.innerType === undefined ? definition : definitionOf(definition.innerType);
}

/** Names of the keys that a mapping at a path of a document may have. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema;
  for (const step of path) {
    const { element, shape, valueType } = definitionOf(
      optionWith(current, typeof step === 'number' ? 'element' : 'shape'),
    );
    current = typeof step === 'number' ? element : (shape?.[String(step)] ?? valueType);
  }
  return Object.keys(definitionOf(optionWith(current, 'shape')).shape ?? {});
}

/** Of a choice the option that is a list (`element`) or a mapping (`shape`); any other schema itself. */
export function optionWith(schema: unknown, kind: 'element' | 'shape'): unknown {
  const { options } = definitionOf(schema);
  return options === undefined ? schema : options.find((option) => definitionOf(option)[kind] !== undefined);
}
