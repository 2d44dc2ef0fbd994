/** `[epoch:]version[-release]`. What the text does not give is undefined: an absent epoch counts as 0. */
export interface Evr {
  readonly epoch: number | undefined;
  readonly version: string;
  readonly release: string | undefined;
}

export type Order = -1 | 0 | 1;

/**
 * Splits `[epoch:]version[-release]` as rpm does: digits up to the first colon are the epoch (`:1` has epoch
 * 0), what follows the last hyphen is the release. Never throws. Source: rpm 4.20 rpmio/rpmver.c, parseEVR.
 */
export function parseEvr(text: string): Evr {
  const epoch = /^(\d*):/.exec(text);
  const rest = epoch === null ? text : text.slice(epoch[0].length);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: epoch === null ? undefined : Number(epoch[1]),
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    release: hyphen < 0 ? undefined : rest.slice(hyphen + 1),
  };
}

/** The text that `parseEvr` reads; an epoch of 0 is left out. */
export function formatEvr(evr: Evr): string {
  const epoch = evr.epoch === undefined || evr.epoch === 0 ? '' : `${evr.epoch}:`;
  return `${epoch}${evr.version}${evr.release === undefined ? '' : `-${evr.release}`}`;
}

/**
 * Orders two whole versions: epoch, version, release. A missing release sorts before any.
 * Source: rpm 4.20 rpmio/rpmver.c, rpmverCmp.
 */
export function compareEvr(a: Evr, b: Evr): Order {
  const epochs = Math.sign((a.epoch ?? 0) - (b.epoch ?? 0));
  if (epochs !== 0) {
    return epochs < 0 ? -1 : 1;
  }
  const versions = rpmvercmp(a.version, b.version);
  if (versions !== 0) {
    return versions;
  }
  if (a.release === undefined || b.release === undefined) {
    return a.release === b.release ? 0 : a.release === undefined ? -1 : 1;
  }
  return rpmvercmp(a.release, b.release);
}

/**
 * Orders two version strings as rpm does. Separators only separate; a number is newer than letters, more
 * segments are newer than fewer; `~` sorts before the end of the string, `^` after it but before more.
 * No total order on strings: `1.0` and `1_0` are equal. Never throws. Source: rpm 4.20 rpmio/rpmvercmp.c.
 */
export function rpmvercmp(a: string, b: string): Order {
  if (a === b) {
    return 0;
  }
  let i = 0;
  let j = 0;
  for (;;) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    const one = a[i];
    const two = b[j];
    if (one === '~' || two === '~') {
      if (one !== two) {
        return one === '~' ? -1 : 1;
      }
    } else if (one === '^' || two === '^') {
      if (one !== two) {
        // The base version is older than base^more, which is older than base.more.
        return one === undefined || (one === '^' && two !== undefined) ? -1 : 1;
      }
    } else if (one === undefined || two === undefined) {
      return one === two ? 0 : one === undefined ? -1 : 1;
    } else {
      const isOfKind = isDigit(a, i) ? isDigit : isLetter;
      const endOne = skipWhile(a, i, isOfKind);
      const endTwo = skipWhile(b, j, isOfKind);
      if (endTwo === j) {
        return isOfKind === isDigit ? 1 : -1;
      }
      const order = compareSegments(a.slice(i, endOne), b.slice(j, endTwo), isOfKind === isDigit);
      if (order !== 0) {
        return order;
      }
      i = endOne;
      j = endTwo;
      continue;
    }
    i += 1;
    j += 1;
  }
}

function compareSegments(a: string, b: string, numeric: boolean): Order {
  const one = numeric ? a.replace(/^0+/, '') : a;
  const two = numeric ? b.replace(/^0+/, '') : b;
  if (numeric && one.length !== two.length) {
    return one.length < two.length ? -1 : 1;
  }
  return one === two ? 0 : one < two ? -1 : 1;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function isLetter(text: string, at: number): boolean {
  // Setting bit 5 makes ASCII letters lower case and turns nothing else into one.
  const code = text.charCodeAt(at) | 32;
  return code >= 97 && code <= 122;
}

function skipWhile(text: string, from: number, matches: (text: string, at: number) => boolean): number {
  let at = from;
  while (at < text.length && matches(text, at)) {
    at += 1;
  }
  return at;
}

function skipSeparators(text: string, from: number): number {
  return skipWhile(
    text,
    from,
    (t, at) => !isDigit(t, at) && !isLetter(t, at) && t[at] !== '~' && t[at] !== '^',
  );
}
