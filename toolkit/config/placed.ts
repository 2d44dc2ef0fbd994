import { dirname, resolve } from 'node:path';
import type { ConfigDocument, ConfigProblem } from './image-document.ts';

/** Where something stands in a user's file. */
export interface Place {
  /** Absolute. */
  readonly path: string;
  /** As messages tell it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A value that knows where each part of it stands, also when the parts are of several files. */
export interface Placed {
  readonly place: Place;
  readonly content:
    | { readonly kind: 'scalar'; readonly value: unknown }
    | { readonly kind: 'list'; readonly items: readonly Placed[] }
    | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Placed> };
  /** Whether it takes the place of what it is laid over. */
  readonly replaces: boolean;
}

/** The value of a document; `path` is the absolute path of its file. */
export function placedDocument(document: ConfigDocument, path: string): Placed {
  return placedValue(
    document.value,
    (steps) => {
      const { file, line, column } = document.problemAt(steps, '');
      return { path, file, line, column };
    },
    (steps) => document.replaces(steps),
  );
}

/** A plain value, every part with the place that `placeOf` tells. */
export function placedValue(
  value: unknown,
  placeOf: (path: readonly PropertyKey[]) => Place,
  replaces: (path: readonly PropertyKey[]) => boolean = () => false,
  path: readonly PropertyKey[] = [],
): Placed {
  const common = { place: placeOf(path), replaces: replaces(path) };
  const below = (key: PropertyKey, inner: unknown): Placed =>
    placedValue(inner, placeOf, replaces, [...path, key]);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => below(index, item));
    return { ...common, content: { kind: 'list', items } };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => [key, below(key, inner)] as const);
    return { ...common, content: { kind: 'map', entries: new Map(entries) } };
  }
  return { ...common, content: { kind: 'scalar', value } };
}

/** One configuration laid over another: lists append, maps merge, scalars replace; `!replace` replaces all. */
export function overlay(below: Placed, above: Placed): Placed {
  if (above.replaces) return above;
  const [base, top] = [below.content, above.content];
  if (base.kind === 'list' && top.kind === 'list') {
    return { ...above, content: { kind: 'list', items: [...base.items, ...top.items] } };
  }
  if (base.kind === 'map' && top.kind === 'map') {
    const entries = new Map(base.entries);
    for (const [key, value] of top.entries) {
      const known = entries.get(key);
      entries.set(key, known === undefined ? value : overlay(known, value));
    }
    return { ...above, content: { kind: 'map', entries } };
  }
  return above;
}

/** A mapping without some of its keys. */
export function without(placed: Placed, keys: readonly string[]): Placed {
  if (placed.content.kind !== 'map') return placed;
  const entries = new Map([...placed.content.entries].filter(([key]) => !keys.includes(key)));
  return { ...placed, content: { kind: 'map', entries } };
}

/** The value without its places. */
export function plain({ content }: Placed): unknown {
  if (content.kind === 'list') return content.items.map(plain);
  if (content.kind === 'scalar') return content.value;
  return Object.fromEntries([...content.entries].map(([key, value]) => [key, plain(value)]));
}

/** What stands at a path, or the nearest thing around it that is there. */
export function nearestPlaced(placed: Placed, path: readonly PropertyKey[]): Placed {
  const [step, ...rest] = path;
  const inner = step === undefined ? undefined : child(placed, step);
  return inner === undefined ? placed : nearestPlaced(inner, rest);
}

/** A problem at a path of a value. */
export function problemIn(placed: Placed, path: readonly PropertyKey[], message: string): ConfigProblem {
  return problemOf(nearestPlaced(placed, path), message);
}

/** A problem at a value itself. */
export function problemOf({ place: { file, line, column } }: Placed, message: string): ConfigProblem {
  return { file, line, column, message };
}

/** All that a pattern finds; `*` stands for every item of a list. */
export function findPlaced(
  placed: Placed,
  pattern: string,
): { readonly path: readonly PropertyKey[]; readonly found: Placed }[] {
  return search(placed, pattern.split('.'), []);
}

/** Paths of the user that a pattern finds; a path counts from the file that it stands in. */
export function pathsAt(
  placed: Placed,
  pattern: string,
): { readonly found: Placed; readonly written: string; readonly path: string }[] {
  return findPlaced(placed, pattern).flatMap(({ found }) => {
    if (found.content.kind !== 'scalar' || typeof found.content.value !== 'string') return [];
    const written = found.content.value;
    return [{ found, written, path: resolve(dirname(found.place.path), written) }];
  });
}

function search(
  placed: Placed,
  [step, ...rest]: readonly string[],
  path: readonly PropertyKey[],
): { path: readonly PropertyKey[]; found: Placed }[] {
  if (step === undefined) return [{ path, found: placed }];
  if (step === '*') {
    if (placed.content.kind !== 'list') return [];
    return placed.content.items.flatMap((item, index) => search(item, rest, [...path, index]));
  }
  const inner = child(placed, step);
  return inner === undefined ? [] : search(inner, rest, [...path, step]);
}

function child({ content }: Placed, step: PropertyKey): Placed | undefined {
  if (content.kind === 'list') return typeof step === 'number' ? content.items[step] : undefined;
  return content.kind === 'map' ? content.entries.get(String(step)) : undefined;
}
