/** The last `count` lines of a text, without trailing blank ones. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** What comes before the first NUL of a text: fields of a fixed size end so. */
export function untilNul(text: string): string {
  return text.replace(/\0.*$/s, '');
}

/** Orders strings by code unit: the one order that no locale changes. */
export function byCodeUnit(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names as words: `most` of them and how many more there are; all where only one would be left out. */
export function listedNames(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 1 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

/** A word with its article; XFS is spelt when it is spoken. */
export function withArticle(word: string): string {
  return `${/^(?:[aeiou]|xfs)/i.test(word) ? 'an' : 'a'} ${word}`;
}
