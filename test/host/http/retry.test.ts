import { describe, expect, it } from 'vitest';
import { isTransientStatus, parseRetryAfter, pauseBefore } from '../../../toolkit/host/http/retry.ts';
import { DEFAULT_HTTP_SETTINGS } from '../../../toolkit/host/http/settings.ts';

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['3', 3000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5000],
    ['Thu, 01 Jan 2025 00:00:00 GMT', 0],
    ['100000', 120_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %j as %j milliseconds', (header, wait) => {
    expect(parseRetryAfter(header, now)).toBe(wait);
  });
});

describe('pauseBefore', () => {
  it('doubles, with half of it by chance, up to the longest', () => {
    const settings = { ...DEFAULT_HTTP_SETTINGS, pauseMs: 100, longestPauseMs: 300 };
    expect([1, 2, 3, 4].map((tries) => pauseBefore(tries, settings, 1))).toEqual([100, 200, 300, 300]);
    expect([1, 2].map((tries) => pauseBefore(tries, settings, 0))).toEqual([50, 100]);
  });
});

describe('isTransientStatus', () => {
  it.each([408, 429, 500, 502, 503, 504, 520])('tries again after %i', (status) => {
    expect(isTransientStatus(status)).toBe(true);
  });
  it.each([400, 401, 403, 404, 410, 451, 501])('does not try again after %i', (status) => {
    expect(isTransientStatus(status)).toBe(false);
  });
});
