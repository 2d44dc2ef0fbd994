import { describe, expect, it } from 'vitest';
import { parseScanLine } from '../../../toolkit/host/scanner/result.ts';

function failure(message: string, line: number | null = null, file = 'a/a.spec') {
  const answer = JSON.stringify({ spec: 'a/a.spec', reads: [], error: { message, file, line } });
  return parseScanLine(`0 ${answer}`, ['a/a.spec'])?.result;
}

describe('parseScanLine', () => {
  it.each([
    [
      'a place after the reason',
      'unexpected end of expression:  1 ==\n          ^\n/specs/a/a.spec:7: bad %if condition:  1 ==',
      { message: 'unexpected end of expression:  1 ==; bad %if condition:  1 ==', file: 'a/a.spec', line: 7 },
    ],
    [
      'a place before the reason',
      'line 7: Unknown tag: Nonsense: 1',
      { message: 'Unknown tag: Nonsense: 1', file: 'a/a.spec', line: 7 },
    ],
    [
      'a place in another file',
      '/specs/include/common.inc:3: Unclosed %if',
      { message: 'Unclosed %if', file: 'include/common.inc', line: 3 },
    ],
    [
      'a place in words',
      '/specs/a/a.spec: line 1: Macro %suffix is a built-in (%global)',
      { message: 'Macro %suffix is a built-in (%global)', file: 'a/a.spec', line: 1 },
    ],
    [
      'no place',
      'Name field must be present',
      { message: 'Name field must be present', file: 'a/a.spec', line: null },
    ],
  ])('takes %s out of the words of rpm', (_what, message, error) => {
    expect(failure(message)).toEqual({ spec: 'a/a.spec', error });
  });

  it('believes the helper where it knows the line', () => {
    expect(failure('Unclosed %if', 1)).toEqual({
      spec: 'a/a.spec',
      error: { message: 'Unclosed %if', file: 'a/a.spec', line: 1 },
    });
  });

  it.each(['', 'null', '{}', '2 {"spec":"a/a.spec"}', 'warning: 1 {'])('knows %j as no answer', (line) => {
    expect(parseScanLine(line, ['a/a.spec'])).toBeUndefined();
  });

  it.each([
    '{}',
    '{"spec":"a/a.spec","reads":[],"error":{}}',
    '{"spec":"a/a.spec"',
    '{"spec":"b/b.spec","reads":[],"error":{"message":"x","file":"b","line":1}}',
    '{"spec":"a/a.spec","reads":[],"error":{"message":"x","file":"b","line":1},"spec":"b/b.spec"}',
  ])('takes what a spec forged for a failure of that spec alone: %s', (answer) => {
    expect(parseScanLine(`0 ${answer}`, ['a/a.spec', 'b/b.spec'])?.result).toEqual({
      spec: 'a/a.spec',
      error: { message: expect.stringContaining('wrote into'), file: 'a/a.spec', line: null },
    });
  });
});
