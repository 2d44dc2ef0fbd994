import { describe, expect, it } from 'vitest';
import { compareEvr, formatEvr, parseEvr, rpmvercmp } from '../../toolkit/domain/evr.ts';

describe('rpmvercmp', () => {
  // Pairs and results of rpm 4.20's own tests (tests/rpmvercmp.at) and of rpm-version(7).
  it.each([
    ['1.0', '1.0', 0],
    ['1.0', '2.0', -1],
    ['2.0', '2.0.1', -1],
    ['2.0.1a', '2.0.1', 1],
    ['5.5p1', '5.5p2', -1],
    ['5.5p1', '5.5p10', -1],
    ['10xyz', '10.1xyz', -1],
    ['xyz10', 'xyz10.1', -1],
    ['xyz.4', '8', -1],
    ['xyz.4', '2', -1],
    ['5.5p2', '5.6p1', -1],
    ['5.6p1', '6.5p1', -1],
    ['6.0.rc1', '6.0', 1],
    ['10b2', '10a1', 1],
    ['1.0aa', '1.0a', 1],
    ['10.0001', '10.1', 0],
    ['10.0001', '10.0039', -1],
    ['4.999.9', '5.0', -1],
    ['20101121', '20101122', -1],
    ['2_0', '2.0', 0],
    ['a', 'a', 0],
    ['a+', 'a_', 0],
    ['+a', '_a', 0],
    ['+_', '_+', 0],
    ['+', '_', 0],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1', '1.0~rc2', -1],
    ['1.0~rc1~git123', '1.0~rc1', -1],
    ['1.0^', '1.0', 1],
    ['1.0^git1', '1.0', 1],
    ['1.0^git1', '1.0^git2', -1],
    ['1.0^git1', '1.01', -1],
    ['1.0^20160101', '1.0.1', -1],
    ['1.0^20160102', '1.0^20160101^git1', 1],
    ['1.0~rc1^git1', '1.0~rc1', 1],
    ['1.0^git1', '1.0^git1~pre', 1],
    ['1b.fc17', '1.fc17', -1],
    ['1g.fc17', '1.fc17', 1],
    ['', '', 0],
    ['', '1', -1],
    ['1', '~', 1],
    ['9'.repeat(40), `1${'0'.repeat(40)}`, -1],
  ] as const)('puts %s and %s in order %i, both ways', (a, b, order) => {
    expect(rpmvercmp(a, b)).toBe(order);
    expect(rpmvercmp(b, a)).toBe(order === 0 ? 0 : -order);
  });

  it('takes letters outside ASCII for separators, as rpm does', () => {
    expect(rpmvercmp('1\u{e4}2', '1.2')).toBe(0);
  });
});

describe('parseEvr', () => {
  it.each([
    ['1.2', { epoch: undefined, version: '1.2', release: undefined }],
    ['1.2-3.dk1', { epoch: undefined, version: '1.2', release: '3.dk1' }],
    ['4:1.2-3', { epoch: 4, version: '1.2', release: '3' }],
    [':1.2', { epoch: 0, version: '1.2', release: undefined }],
    ['1-2-3', { epoch: undefined, version: '1-2', release: '3' }],
    ['a:1', { epoch: undefined, version: 'a:1', release: undefined }],
  ])('reads %s', (text, evr) => {
    expect(parseEvr(text)).toEqual(evr);
  });

  it('is undone by formatEvr, except that epoch 0 is left out', () => {
    expect(formatEvr(parseEvr('4:1.2-3'))).toBe('4:1.2-3');
    expect(formatEvr(parseEvr('0:1.2'))).toBe('1.2');
  });
});

describe('compareEvr', () => {
  it.each([
    ['1:1.0', '2.0', 1],
    ['0:1.0', '1.0', 0],
    ['1.0-1', '1.0-2', -1],
    ['1.0', '1.0-1', -1],
    ['2.0-1', '1.0-9', 1],
  ] as const)('puts %s and %s in order %i', (a, b, order) => {
    expect(compareEvr(parseEvr(a), parseEvr(b))).toBe(order);
  });
});
