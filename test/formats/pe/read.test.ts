import { describe, expect, it } from 'vitest';
import { readSection } from '../../../toolkit/formats/pe/index.ts';
import { smallProgram } from '../support/pe.ts';

const PROGRAM = smallProgram({ '.text': Buffer.from('code'), '.cmdline': Buffer.from('quiet') });

describe('readSection', () => {
  it('gives the bytes of a section, without what it is padded with', () => {
    expect(readSection(PROGRAM, '.cmdline')?.toString()).toBe('quiet');
    expect(readSection(PROGRAM, '.text')?.toString()).toBe('code');
  });

  it.each([
    ['a program without it', smallProgram({ '.text': Buffer.from('code') })],
    ['one that is cut short', PROGRAM.subarray(0, 600)],
    ['no program', Buffer.from('#!/bin/sh')],
    ['nothing', Buffer.alloc(0)],
  ])('finds none in %s', (_, bytes) => {
    expect(readSection(bytes, '.cmdline')).toBeUndefined();
  });
});
