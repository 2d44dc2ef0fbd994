import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../../toolkit/domain/redact.ts';

describe('redactSecrets', () => {
  it.each([
    ['https://me:secret@h.example/a', 'https://***@h.example/a'],
    ['https://ghp_token@h.example/a', 'https://***@h.example/a'],
    ['https://me:p@ss@h.example', 'https://***@h.example'],
    ['ftp://me:secret@h.example/a', 'ftp://***@h.example/a'],
    ['https://h.example/a?token=abc', 'https://h.example/a?token=***'],
    ['https://h.example/a?X-Amz-Signature=abc&v=1', 'https://h.example/a?X-Amz-Signature=***&v=1'],
    ['https://h.example/a?v=1&api_key=2#x', 'https://h.example/a?v=1&api_key=***#x'],
    ['got "http://a:b@h/x?sig=1": no', 'got "http://***@h/x?sig=***": no'],
  ])('turns %s into %s', (text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
  });

  it.each(['https://h.example/a?v=1', '/a/path', 'ask me@h.example', 'https://h.example/@scope/name'])(
    'leaves %s alone',
    (text) => {
      expect(redactSecrets(text)).toBe(text);
    },
  );

  it('takes a long text in its stride', () => {
    const text = `?${'key'.repeat(100_000)} ${'a.'.repeat(100_000)}`;
    const startedAt = performance.now();
    expect(redactSecrets(text)).toBe(text);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
