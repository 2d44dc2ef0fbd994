import { describe, expect, it } from 'vitest';
import { untilNul } from '../../toolkit/domain/text.ts';

describe('untilNul', () => {
  it.each([
    ['root\0\0\0', 'root'],
    ['root', 'root'],
    ['a\0b\n\0', 'a'],
    ['two\nlines\0', 'two\nlines'],
    ['\0rest', ''],
  ])('of %j is %j', (text, before) => {
    expect(untilNul(text)).toBe(before);
  });
});
