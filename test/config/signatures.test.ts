import { describe, expect, it } from 'vitest';
import { formatSignatures, parseSignatures } from '../../toolkit/config/signatures.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

function problemsOf(text: string): string {
  try {
    parseSignatures(text, 'zlib.signatures.json');
  } catch (error) {
    expect(error).toMatchObject({ code: 'SIGNATURES_INVALID', errorClass: 'usage' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('no error');
}

describe('parseSignatures', () => {
  it("reads a file as Azure Linux's toolkit writes it", () => {
    const { signatures, alternatives } = parseSignatures(
      `{\n "Signatures": {\n  "zlib-1.3.1.tar.xz": "${A}"\n }\n}\n`,
      'f',
    );
    expect([...signatures]).toEqual([['zlib-1.3.1.tar.xz', A]]);
    expect(alternatives.size).toBe(0);
  });

  it('reads sections in any case, and refuses one twice', () => {
    const text = JSON.stringify({ signatures: { 'x-1.tar.gz': A } });
    expect(parseSignatures(text, 'x.signatures.json').signatures).toEqual(new Map([['x-1.tar.gz', A]]));
    const twice = JSON.stringify({ Signatures: {}, signatures: {} });
    expect(() => parseSignatures(twice, 'x.signatures.json')).toThrow("unknown key 'signatures'");
  });

  it('reads alternatives', () => {
    const text = JSON.stringify({
      Signatures: { 'a.tar': A },
      Alternatives: { 'a.tar': [{ file: 'a_1.orig.tar', url: 'https://example.org/a', sha256: B }] },
    });
    expect(parseSignatures(text, 'f').alternatives.get('a.tar')).toEqual([
      { file: 'a_1.orig.tar', url: 'https://example.org/a', sha256: B },
    ]);
  });

  it('names the place of a misspelt key and the key that was meant', () => {
    expect(problemsOf(`{\n  "Signature": {}\n}`)).toMatch(
      /^zlib\.signatures\.json:2:3: unknown key 'Signature'; did you mean 'Signatures'\?$/m,
    );
  });

  it('names the place of a wrong hash', () => {
    expect(problemsOf(`{ "Signatures": {\n    "a.tar": "123"\n} }`)).toMatch(
      /^zlib\.signatures\.json:2:14: a SHA-256/,
    );
  });

  it('names the place of a syntax error', () => {
    expect(problemsOf(`{ "Signatures": {\n "a.tar": "${A}" \n "b": 1 } }`)).toMatch(
      /^zlib\.signatures\.json:[23]:\d+: /,
    );
  });

  it.each(['../a.tar', 'b/a.tar', '..', ''])("refuses the name '%s', which leaves the folder", (name) => {
    expect(problemsOf(JSON.stringify({ Signatures: { [name]: A } }))).toContain('a file name is wanted');
  });

  it('refuses alternatives of a source that has no signature', () => {
    const text = JSON.stringify({
      Signatures: { 'zlib.tar': A },
      Alternatives: { 'zlb.tar': [{ sha256: B }] },
    });
    expect(problemsOf(text)).toContain("did you mean 'zlib.tar'?");
  });
});

describe('formatSignatures', () => {
  it('sorts names and is read back as it was', () => {
    const alternatives = new Map([['b', [{ sha256: A, file: 'c' }]]]);
    const text = formatSignatures({
      signatures: new Map([
        ['b', B],
        ['a', A],
      ]),
      alternatives,
    });
    expect(text).toBe(
      `{\n  "Signatures": {\n    "a": "${A}",\n    "b": "${B}"\n  },\n  "Alternatives": {\n    "b": [\n      {\n        "sha256": "${A}",\n        "file": "c"\n      }\n    ]\n  }\n}\n`,
    );
    expect(parseSignatures(text, 'f').alternatives).toEqual(alternatives);
  });
});
