const meta = /[*?[{]/;

/** Whether an entry of %files is a pattern, not a plain path. */
export function isGlob(entry: string): boolean {
  return meta.test(entry);
}

/** A pattern of %files, made a regular expression when a path is like it. */
export class Glob {
  readonly text: string;
  readonly #prefix: string;
  #pattern: RegExp | undefined;

  constructor(text: string) {
    this.text = text;
    this.#prefix = text.slice(0, text.search(meta));
  }

  matches(path: string): boolean {
    if (!path.startsWith(this.#prefix)) {
      return false;
    }
    this.#pattern ??= globToRegExp(this.text);
    return this.#pattern.test(path);
  }
}

/** `*` and `?` do not match a slash; `{a,b}` are alternatives. Source: glob(7), rpm 4.20 rpmio/rpmglob.c. */
function globToRegExp(glob: string): RegExp {
  let source = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at]!;
    const set = character === '[' ? /^\[(!|\^)?(\]?[^\]]*)\]/.exec(glob.slice(at)) : null;
    if (set !== null) {
      source += `[${set[1] === undefined ? '' : '^'}${set[2]!.replace(/[\\\]^]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else if (character === '*' || character === '?') {
      source += character === '*' ? '[^/]*' : '[^/]';
    } else if (character === '{' && glob.indexOf('}', at) > 0) {
      depth += 1;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (character === ',' && depth > 0) {
      source += '|';
    } else {
      source += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    }
  }
  try {
    return new RegExp(`^${source}${')'.repeat(depth)}$`);
  } catch {
    return /(?!)/; // a pattern that glob(7) would take literally names no file that anyone requires
  }
}

/**
 * Where to look for a pattern: the folder, with its slash, that every match of it lies in, and how deep the
 * matches are, or `any` where that differs.
 */
export function globPlace(glob: string): string {
  const literal = glob.slice(0, glob.search(meta));
  const folder = literal.slice(0, literal.lastIndexOf('/') + 1);
  return /\{[^}]*\//.test(glob) ? `any ${folder}` : `${depth(glob)} ${folder}`;
}

/** All places at which a pattern that matches a path can be. */
export function* globPlaces(path: string): Generator<string> {
  const own = depth(path);
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const folder = path.slice(0, at + 1);
    yield `${own} ${folder}`;
    yield `any ${folder}`;
  }
}

function depth(path: string): number {
  let count = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    count += 1;
  }
  return count;
}
