import type { z } from 'zod';

/**
 * The part of a value that a schema takes: where something is wrong, the nearest key around it is left out, so
 * that what is right can still be checked. Undefined when nothing is left.
 */
export function checkablePart<T extends z.ZodType>(value: unknown, schema: T): z.infer<T> | undefined {
  const rest: unknown = structuredClone(value);
  // Every round takes at least one key away.
  for (;;) {
    const result = schema.safeParse(rest);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const removed =
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => remove(rest, [...issue.path, key]))
          : [remove(rest, issue.path)];
      if (removed.includes(false)) return undefined;
    }
  }
}

/** Removes the nearest key around a path; false where there is none. */
function remove(value: unknown, path: readonly PropertyKey[]): boolean {
  for (let length = path.length; length > 0; length -= 1) {
    const holder = path.slice(0, length - 1).reduce<unknown>((inner, step) => child(inner, step), value);
    const key = path[length - 1]!;
    if (typeof key === 'number' || typeof holder !== 'object' || holder === null) continue;
    if (!Object.hasOwn(holder, key)) continue;
    Reflect.deleteProperty(holder, key);
    return true;
  }
  // Something around it is gone already, for the sake of another problem.
  return path.length > 0;
}

function child(value: unknown, step: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
}
