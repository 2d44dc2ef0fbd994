import type { Evr } from './evr.ts';
import { formatEvr, parseEvr, rpmvercmp } from './evr.ts';

export type RangeOperator = '<' | '<=' | '=' | '>=' | '>';

/** What something provides or requires: a name, and a range of versions where one is given. */
export interface Capability {
  readonly name: string;
  readonly range?: { readonly operator: RangeOperator; readonly evr: Evr };
}

const operators: Readonly<Record<string, RangeOperator>> = {
  '<': '<',
  '<=': '<=',
  '=<': '<=',
  '=': '=',
  '==': '=',
  '>=': '>=',
  '=>': '>=',
  '>': '>',
};

/** The operator that rpm's text stands for, or undefined. */
export function parseOperator(text: string): RangeOperator | undefined {
  return Object.hasOwn(operators, text) ? operators[text] : undefined;
}

/**
 * Reads a simple dependency as rpm writes it: `zlib-devel >= 1.2`, `perl(Foo::Bar)`, `/usr/bin/sh`. Text that
 * is no `name operator version` is a name as a whole, as rpm takes it. Never throws; rich dependencies are
 * read by `parseDependency`.
 */
export function parseCapability(text: string): Capability {
  const parts = text.trim().split(/\s+/);
  const operator = parts.length === 3 ? parseOperator(parts[1]!) : undefined;
  if (operator === undefined) {
    return { name: text.trim() };
  }
  return { name: parts[0]!, range: { operator, evr: parseEvr(parts[2]!) } };
}

/** The text that `parseCapability` reads. */
export function formatCapability(capability: Capability): string {
  const { name, range } = capability;
  return range === undefined ? name : `${name} ${range.operator} ${formatEvr(range.evr)}`;
}

/**
 * Whether a provide satisfies a require as rpm decides: same name, and ranges that overlap. Without a range
 * on either side the name is enough. Releases count only where both have one; an epoch counts only where one
 * side has a positive one. Source: rpm 4.20 lib/rpmds.c rpmdsCompareIndex, rpmio/rpmver.c rpmverOverlap.
 */
export function satisfies(provide: Capability, require: Capability): boolean {
  if (provide.name !== require.name) {
    return false;
  }
  if (provide.range === undefined || require.range === undefined) {
    return true;
  }
  return rangesOverlap(provide.range, require.range);
}

type Range = NonNullable<Capability['range']>;

function rangesOverlap(a: Range, b: Range): boolean {
  const { evr: one, operator: first } = a;
  const { evr: two, operator: second } = b;
  let sense = Math.sign((one.epoch ?? 0) - (two.epoch ?? 0));
  if (sense === 0) {
    sense = rpmvercmp(one.version, two.version);
  }
  if (sense === 0) {
    // rpm takes an empty release (`1.0-`) for none.
    const releases = [one.release || undefined, two.release || undefined];
    if (releases[0] !== undefined && releases[1] !== undefined) {
      sense = rpmvercmp(releases[0], releases[1]);
    } else if (
      (releases[0] !== undefined && second.includes('=')) ||
      (releases[1] !== undefined && first.includes('='))
    ) {
      return true;
    }
  }
  if (sense < 0) {
    return first.includes('>') || second.includes('<');
  }
  if (sense > 0) {
    return first.includes('<') || second.includes('>');
  }
  return ['=', '<', '>'].some((sign) => first.includes(sign) && second.includes(sign));
}

/** What kind of thing a capability names; decides what may provide it when no package says so. */
export type CapabilityKind =
  | 'file'
  | 'soname'
  | 'pkgconfig'
  | 'language'
  | 'rpmlib'
  | 'config'
  | 'account'
  | 'name';

/** Tells the kind from the name alone. */
export function capabilityKind(name: string): CapabilityKind {
  if (name.startsWith('/')) {
    return 'file';
  }
  const prefix = /^([A-Za-z0-9_.+-]+)\(/.exec(name)?.[1];
  if (prefix === undefined) {
    return /\.so(\.|$)/.test(name) ? 'soname' : 'name';
  }
  switch (prefix) {
    case 'pkgconfig':
    case 'rpmlib':
    case 'config':
      return prefix;
    case 'user':
    case 'group':
      return 'account';
    default:
      if (/\.so(\.|$)/.test(prefix) || prefix === 'rtld') {
        return 'soname';
      }
      return /^(perl|rubygem|npm|mvn|golang|crate|cmake|ocamlx?|php|php-.+|ghc|tex|mono|gem|python[0-9.]*dist|python[0-9.]*)$/.test(
        prefix,
      )
        ? 'language'
        : 'name';
  }
}
