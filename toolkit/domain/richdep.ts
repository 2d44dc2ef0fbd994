import type { Capability } from './capability.ts';
import { formatCapability, parseCapability, parseOperator } from './capability.ts';
import { usageError } from './errors.ts';

/**
 * A boolean dependency as rpm 4.20 knows them. `and`, `or` and `with` hold two or more operands; `if` and
 * `unless` have a condition and may have an alternative.
 */
export type RichDependency =
  | { readonly operator: 'and' | 'or' | 'with'; readonly operands: readonly Dependency[] }
  | { readonly operator: 'without'; readonly wanted: Dependency; readonly unwanted: Dependency }
  | {
      readonly operator: 'if' | 'unless';
      readonly wanted: Dependency;
      readonly condition: Dependency;
      readonly otherwise?: Dependency;
    };

export type Dependency = Capability | RichDependency;

/** Whether a dependency is rich. */
export function isRich(dependency: Dependency): dependency is RichDependency {
  return 'operator' in dependency;
}

/**
 * Reads any dependency as rpm writes it. A rich one is in parentheses; `and`, `or` and `with` chain, nothing
 * else does. Throws `DEPENDENCY_SYNTAX`. Source: rpm 4.20 lib/rpmds.c, rpmrichParse.
 */
export function parseDependency(text: string): Dependency {
  const trimmed = text.trim();
  if (!trimmed.startsWith('(')) {
    return parseCapability(trimmed);
  }
  const cursor = { text: trimmed, at: 0 };
  const dependency = parseRich(cursor);
  if (cursor.at !== trimmed.length) {
    throw syntaxError(trimmed, 'something follows its closing parenthesis');
  }
  return dependency;
}

/** The text that `parseDependency` reads. */
export function formatDependency(dependency: Dependency): string {
  if (!isRich(dependency)) {
    return formatCapability(dependency);
  }
  switch (dependency.operator) {
    case 'and':
    case 'or':
    case 'with':
      return `(${dependency.operands.map(formatDependency).join(` ${dependency.operator} `)})`;
    case 'without':
      return `(${formatDependency(dependency.wanted)} without ${formatDependency(dependency.unwanted)})`;
    default: {
      const otherwise =
        dependency.otherwise === undefined ? '' : ` else ${formatDependency(dependency.otherwise)}`;
      const condition = formatDependency(dependency.condition);
      return `(${formatDependency(dependency.wanted)} ${dependency.operator} ${condition}${otherwise})`;
    }
  }
}

/** The names of all capabilities in a dependency. */
export function namesOf(dependency: Dependency): readonly string[] {
  return capabilitiesOf(dependency).map(({ name }) => name);
}

/** All capabilities in a dependency, in the order in which they are written. */
export function capabilitiesOf(dependency: Dependency): readonly Capability[] {
  if (!isRich(dependency)) {
    return [dependency];
  }
  switch (dependency.operator) {
    case 'and':
    case 'or':
    case 'with':
      return dependency.operands.flatMap(capabilitiesOf);
    case 'without':
      return [dependency.wanted, dependency.unwanted].flatMap(capabilitiesOf);
    default: {
      const { wanted, condition, otherwise } = dependency;
      return [wanted, condition, ...(otherwise === undefined ? [] : [otherwise])].flatMap(capabilitiesOf);
    }
  }
}

/**
 * Whether a dependency holds in a set of packages. `providers` gives those packages of the set that satisfy a
 * capability. `with` and `without` speak of single packages; the others of the whole set. Without an `else`,
 * `(A if B)` means "A or not B" and `(A unless B)` means "A and not B". Source: rpm 4.20 lib/depends.c.
 */
export function isSatisfied<P>(
  dependency: Dependency,
  providers: (capability: Capability) => ReadonlySet<P>,
): boolean {
  if (!isRich(dependency)) {
    return providers(dependency).size > 0;
  }
  switch (dependency.operator) {
    case 'and':
      return dependency.operands.every((operand) => isSatisfied(operand, providers));
    case 'or':
      return dependency.operands.some((operand) => isSatisfied(operand, providers));
    case 'with':
    case 'without':
      return matchingPackages(dependency, providers).size > 0;
    default: {
      const holds = isSatisfied(dependency.condition, providers);
      const chosen = holds === (dependency.operator === 'if') ? dependency.wanted : dependency.otherwise;
      return chosen === undefined ? dependency.operator === 'if' : isSatisfied(chosen, providers);
    }
  }
}

/** The packages that by themselves satisfy a dependency made of `with`, `without` and `or`. */
function matchingPackages<P>(
  dependency: Dependency,
  providers: (capability: Capability) => ReadonlySet<P>,
): ReadonlySet<P> {
  if (!isRich(dependency)) {
    return providers(dependency);
  }
  switch (dependency.operator) {
    case 'with':
      return dependency.operands
        .map((operand) => matchingPackages(operand, providers))
        .reduce((all, some) => all.intersection(some));
    case 'or':
      return dependency.operands
        .map((operand) => matchingPackages(operand, providers))
        .reduce((all, some) => all.union(some));
    case 'without':
      return matchingPackages(dependency.wanted, providers).difference(
        matchingPackages(dependency.unwanted, providers),
      );
    default:
      throw syntaxError(
        formatDependency(dependency),
        `${dependency.operator} cannot be used inside with or without`,
      );
  }
}

interface Cursor {
  readonly text: string;
  at: number;
}

type RichOperator = RichDependency['operator'] | 'else';

function parseRich(cursor: Cursor): Dependency {
  const start = cursor.at;
  cursor.at += 1;
  const operands: Dependency[] = [];
  const chain: RichOperator[] = [];
  for (;;) {
    skipWhite(cursor);
    if (cursor.text[cursor.at] === ')') {
      throw syntaxError(cursor.text, chain.length > 0 ? 'an operand is missing' : 'it is empty');
    }
    operands.push(cursor.text[cursor.at] === '(' ? parseRich(cursor) : parseSimple(cursor));
    skipWhite(cursor);
    if (cursor.at >= cursor.text.length) {
      throw syntaxError(cursor.text, `the parenthesis at column ${start + 1} is not closed`);
    }
    if (cursor.text[cursor.at] === ')') {
      cursor.at += 1;
      return combine(cursor.text, operands, chain);
    }
    chain.push(parseRichOperator(cursor));
  }
}

function combine(text: string, operands: readonly Dependency[], chain: readonly RichOperator[]): Dependency {
  const [first] = chain;
  const [wanted, second, third] = operands;
  if (first === undefined) {
    return wanted!;
  }
  if (first === 'and' || first === 'or' || first === 'with') {
    if (chain.some((operator) => operator !== first)) {
      throw syntaxError(text, 'different operators need parentheses');
    }
    if (first === 'with') {
      requireSinglePackage(text, operands);
    }
    return { operator: first, operands };
  }
  if (first === 'without' && chain.length === 1) {
    requireSinglePackage(text, operands);
    return { operator: first, wanted: wanted!, unwanted: second! };
  }
  if ((first === 'if' || first === 'unless') && chain.length === 1) {
    return { operator: first, wanted: wanted!, condition: second! };
  }
  if ((first === 'if' || first === 'unless') && chain.length === 2 && chain[1] === 'else') {
    return { operator: first, wanted: wanted!, condition: second!, otherwise: third! };
  }
  throw syntaxError(text, `${chain.join(', ')} cannot be chained`);
}

function requireSinglePackage(text: string, operands: readonly Dependency[]): void {
  for (const operand of operands) {
    if (isRich(operand) && !['with', 'without', 'or'].includes(operand.operator)) {
      throw syntaxError(text, `${operand.operator} cannot be used inside with or without`);
    }
  }
}

function parseSimple(cursor: Cursor): Capability {
  const name = takeWord(cursor);
  if (name === '') {
    throw syntaxError(cursor.text, `a name is missing at column ${cursor.at + 1}`);
  }
  skipWhite(cursor);
  const before = cursor.at;
  const operator = takeWord(cursor);
  if (parseOperator(operator) === undefined) {
    cursor.at = before;
    return { name };
  }
  skipWhite(cursor);
  const evr = takeWord(cursor);
  if (evr === '') {
    throw syntaxError(cursor.text, `a version is missing at column ${cursor.at + 1}`);
  }
  return parseCapability(`${name} ${operator} ${evr}`);
}

function parseRichOperator(cursor: Cursor): RichOperator {
  const at = cursor.at;
  const word = takeWord(cursor);
  switch (word) {
    case 'and':
    case 'or':
    case 'if':
    case 'unless':
    case 'else':
    case 'with':
    case 'without':
      return word;
    default:
      throw syntaxError(cursor.text, `unknown operator "${word}" at column ${at + 1}`);
  }
}

/** A word ends at white space, a comma, or a closing parenthesis that it did not open itself. */
function takeWord(cursor: Cursor): string {
  const start = cursor.at;
  let depth = 0;
  for (; cursor.at < cursor.text.length; cursor.at += 1) {
    const character = cursor.text[cursor.at]!;
    if (/[\s,]/.test(character) || (character === ')' && depth === 0)) {
      break;
    }
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
  }
  return cursor.text.slice(start, cursor.at);
}

function skipWhite(cursor: Cursor): void {
  while (cursor.at < cursor.text.length && /[\s,]/.test(cursor.text[cursor.at]!)) {
    cursor.at += 1;
  }
}

function syntaxError(text: string, reason: string): Error {
  return usageError('DEPENDENCY_SYNTAX', `Rich dependency "${text}": ${reason}.`, {
    hint: 'Write it as rpm expects: (A and B), (A or B), (A if B else C), (A unless B), (A with B), (A without B).',
  });
}
