import type { Relation } from '../../domain/package.ts';
import { invalidHeader, type RpmHeader } from './header.ts';
import { RELATION_TAGS, SENSE } from './tags.ts';

/**
 * Relations of one kind, in the header's order, in the parts that rpm-md stores: `rpmlib()` features, which
 * rpm itself answers, are left out, and so is what only repeats another once the flags that rpm-md does not
 * know are gone. A version always has an epoch, `0` where the header has none.
 */
export function readRelations(header: RpmHeader, kind: keyof typeof RELATION_TAGS): Relation[] {
  const tags = RELATION_TAGS[kind];
  const names = header.strings(tags.name);
  const versions = header.strings(tags.version);
  const flags = header.integers(tags.flags);
  if (versions.length !== names.length || flags.length !== names.length) {
    throw invalidHeader(`${names.length} ${kind} with ${versions.length} versions and ${flags.length} flags`);
  }
  const seen = new Set<string>();
  const relations: Relation[] = [];
  for (const [index, name] of names.entries()) {
    const sense = flags[index] ?? 0;
    if ((sense & SENSE.rpmlib) !== 0 || name.startsWith('rpmlib(')) {
      continue;
    }
    const relation = toRelation(name, versions[index] ?? '', sense, kind === 'requires');
    const key = JSON.stringify(relation);
    if (!seen.has(key)) {
      seen.add(key);
      relations.push(relation);
    }
  }
  return relations;
}

function toRelation(name: string, version: string, sense: number, mayBePre: boolean): Relation {
  const flags = comparison(sense);
  const isPre = (sense & (SENSE.prereq | SENSE.scriptPre | SENSE.scriptPost)) !== 0;
  return {
    name,
    ...(flags === undefined || version === '' ? {} : { flags, ...splitEvr(version) }),
    ...(mayBePre && isPre ? { pre: true } : {}),
  };
}

function comparison(sense: number): Relation['flags'] {
  switch (sense & (SENSE.less | SENSE.greater | SENSE.equal)) {
    case SENSE.less:
      return 'LT';
    case SENSE.less | SENSE.equal:
      return 'LE';
    case SENSE.equal:
      return 'EQ';
    case SENSE.greater | SENSE.equal:
      return 'GE';
    case SENSE.greater:
      return 'GT';
    default:
      return undefined;
  }
}

/** Splits `[epoch:]version[-release]`. What stands before a colon is an epoch only when it is digits. */
export function splitEvr(evr: string): { epoch: string; version: string; release?: string } {
  const epoch = /^(\d*):/.exec(evr);
  const rest = epoch === null ? evr : evr.slice(epoch[0].length);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: epoch?.[1] || '0',
    version: dash === -1 ? rest : rest.slice(0, dash),
    ...(dash === -1 ? {} : { release: rest.slice(dash + 1) }),
  };
}
