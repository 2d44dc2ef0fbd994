import { createHash } from 'node:crypto';
import type { Sha256 } from './digest.ts';

/** Anything that canonical JSON can hold. */
export type KeyPart =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly KeyPart[]
  | { readonly [name: string]: KeyPart };

/**
 * The key under which an action's result is kept: a digest of everything that can change its output.
 * `kind` names the action and carries the version of its recipe (`package/1`). Objects count by content,
 * not by the order of their members; undefined members are left out.
 */
export function actionKey(kind: string, parts: KeyPart): Sha256 {
  return createHash('sha256').update(`${kind}\n`).update(canonicalJson(parts)).digest('hex');
}

/** JSON with the members of every object sorted by code unit and nothing undefined. */
export function canonicalJson(value: KeyPart): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isPlainObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
