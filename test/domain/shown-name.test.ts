import { describe, expect, it } from 'vitest';
import { shownName } from '../../toolkit/domain/shown-name.ts';

const shown = (latin1: string): string => shownName(Buffer.from(latin1, 'latin1'));

describe('shownName', () => {
  it.each([
    ['etc/passwd', 'etc/passwd'],
    ['caf\xc3\xa9', 'café'],
    ['\xf0\x9f\x98\x80', '😀'],
    // As systemd escapes names of units.
    ['dev-a\\x2db.swap', 'dev-a\\x2db.swap'],
    ['\xef\xbb\xbfmark', '\ufeffmark'],
    ['', ''],
  ])('leaves UTF-8 as it is: %j', (name, text) => {
    expect(shown(name)).toBe(text);
  });

  it.each([
    ['caf\xe9', 'caf\\xe9'],
    ['\xc3\xa9\xe9\xc3', 'é\\xe9\\xc3'],
    ['a\nb\x7f', 'a\\x0ab\\x7f'],
    ['\xc2\x85', '\\xc2\\x85'],
    ['\xed\xa0\x80', '\\xed\\xa0\\x80'],
    ['a\\b\xff', 'a\\\\b\\xff'],
  ])('tells bytes that are none, and control characters: %j', (name, text) => {
    expect(shown(name)).toBe(text);
  });

  it('shows no two names alike', () => {
    const bytes = ['\\', 'x', 'e', '9', '\xe9', '\xc3', '\xa9', '\n'];
    const names = bytes.flatMap((a) =>
      bytes.flatMap((b) => bytes.flatMap((c) => bytes.map((d) => a + b + c + d))),
    );
    const more = names.flatMap((name) => [name, `${name}9`, `\\${name}`, `\\\\xe9${name}`]);
    const all = [...new Set([...names, ...more, '\xe9', '\\xe9', '\\\\xe9', '\\\xe9', '\\\\\xe9', '\\x0a'])];
    expect(new Set(all.map(shown)).size).toBe(all.length);
  });
});
