import type { Relation } from './package.ts';

const SIGNS = { LT: '<', LE: '<=', EQ: '=', GE: '>=', GT: '>' } as const;

/** A relation of rpm-md as rpm writes it. */
export function formatRelation({ name, flags, epoch, version, release }: Relation): string {
  if (flags === undefined || version === undefined) return name;
  const before = epoch === undefined || epoch === '0' ? '' : `${epoch}:`;
  return `${name} ${SIGNS[flags]} ${before}${version}${release === undefined ? '' : `-${release}`}`;
}
