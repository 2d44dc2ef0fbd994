import { describe, expect, it } from 'vitest';
import { exceptionComments, placeMatcher } from '../../toolkit/domain/spec-exceptions.ts';

describe('exceptionComments', () => {
  it('reads words and reason of one keyword', () => {
    const text = 'Name: x\n# lint: a /b - because - of c \n#lint: d\n# verify: e - f\n # lint: g - h\n';
    expect(exceptionComments(text, 'lint')).toEqual([
      { line: 2, text: '# lint: a /b - because - of c', words: ['a', '/b'], reason: 'because - of c' },
      { line: 3, text: '#lint: d', words: ['d'], reason: '' },
    ]);
  });
});

describe('placeMatcher', () => {
  it.each([
    ['/usr/bin/a', '/usr/bin/a', true],
    ['/usr/bin', '/usr/bin/a/b', true],
    ['/usr/bin', '/usr/bin2', false],
    ['/usr/*', '/usr/lib/a/b', true],
    ['/usr/*.so', '/usr/lib/a.so', false],
    ['/usr/lib/*.so.?', '/usr/lib/a.so.1', true],
    ['libc.so.*', 'libc.so.6', true],
    ['a', 'a/b', false],
  ])('%s on %s: %s', (subject, place, expected) => {
    expect(placeMatcher(subject)(place)).toBe(expected);
  });
});
