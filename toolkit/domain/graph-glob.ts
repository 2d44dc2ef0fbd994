const meta = /[*?[{]/;

/**
 * A pattern of %files as a regular expression, or undefined where it is a plain path. `*` and `?` do not
 * match a slash; `{a,b}` are alternatives. Source: glob(7), rpm 4.20 rpmio/rpmglob.c.
 */
export function globToRegExp(glob: string): RegExp | undefined {
  if (!meta.test(glob)) {
    return undefined;
  }
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

/** The folder, with its slash, that every match of a pattern lies in. */
export function literalFolder(glob: string): string {
  const literal = glob.slice(0, glob.search(meta));
  return literal.slice(0, literal.lastIndexOf('/') + 1);
}
