import { describe, expect, it } from 'vitest';
import { type BuildInputs, buildReason } from '../../toolkit/domain/build-record.ts';

const before: BuildInputs = {
  spec: '1',
  files: { 'curl-8.tar': 'a', 'fix.patch': 'b' },
  worker: 'root',
  dependencies: { openssl: ['c', 'd'], zlib: ['e'] },
  target: 't',
  check: false,
};

describe('buildReason', () => {
  it.each<[reason: string, now: Partial<BuildInputs>]>([
    ['its spec changed', { spec: '2' }],
    ['source curl-8.tar changed', { files: { ...before.files, 'curl-8.tar': 'z' } }],
    ['source more.patch added', { files: { ...before.files, 'more.patch': 'z' } }],
    ['source fix.patch removed', { files: { 'curl-8.tar': 'a' } }],
    ['the worker root changed', { worker: 'other' }],
    ['openssl changed', { dependencies: { ...before.dependencies, openssl: ['c', 'z'] } }],
    ['it needs zstd now', { dependencies: { ...before.dependencies, zstd: ['z'] } }],
    ['it no longer needs zlib', { dependencies: { openssl: ['c', 'd'] } }],
    ['the target changed', { target: 'u' }],
    ['%check is asked for', { check: true }],
    ['its packages are no longer in the cache', {}],
  ])('says %s', (reason, now) => {
    expect(buildReason({ ...before, ...now }, before)).toBe(reason);
  });

  it('says of a package without a build before that it was never built', () => {
    expect(buildReason(before, undefined)).toBe('never built');
  });

  it('names all that changed, but of many only the first, sorted', () => {
    const needs = (sha256: string) =>
      Object.fromEntries(['e', 'c', 'd', 'b', 'a'].map((name) => [name, [sha256]]));
    const now = { ...before, spec: '2', dependencies: needs('1') };
    expect(buildReason(now, { ...before, dependencies: needs('0') })).toBe(
      'its spec changed, a, b, c and 2 more changed',
    );
  });

  it('leaves out what follows from another worker root', () => {
    const now = { ...before, worker: 'other', dependencies: { openssl: ['z'], zlib: ['z'] } };
    expect(buildReason(now, before)).toBe('the worker root changed');
  });

  it('compares only what is known', () => {
    expect(buildReason({ spec: '2', files: before.files }, before)).toBe('its spec changed');
  });
});
