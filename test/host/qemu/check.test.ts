import { describe, expect, it } from 'vitest';
import { printed } from '../../../toolkit/host/qemu/check.ts';

const NOTICE = '\r\neth0: 10.0.2.15/24, router none, name server none\r\n';

describe('printed', () => {
  it.each([
    ['before', `${NOTICE}27ad981e\r\n`],
    ['in the middle of', `27ad${NOTICE}981e\r\n`],
    ['after', `27ad981e\r\n${NOTICE}`],
  ])('leaves out what the DHCP client tells %s an output', (_where, text) => {
    expect(printed(text)).toBe('27ad981e');
  });

  it('keeps empty lines and what looks alike', () => {
    expect(printed('a\r\n\r\nb: 10.0.2.15\r\n')).toBe('a\n\nb: 10.0.2.15');
  });
});
