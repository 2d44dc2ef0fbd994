import { describe, expect, it } from 'vitest';
import type { RpmArtifact } from '../../toolkit/domain/package.ts';
import { builtBefore } from '../../toolkit/pipeline/build-one.ts';

function artifact(name: string): RpmArtifact {
  return { path: name } as RpmArtifact;
}

describe('builtBefore', () => {
  it('finds what an earlier round built, also through what is between', () => {
    const waits = new Map([
      ['glibc', ['headers', 'gettext']],
      ['gettext', ['iconv']],
      ['headers', []],
      ['iconv', []],
      ['other', []],
    ]);
    const done = new Map(['headers', 'gettext', 'iconv', 'other'].map((name) => [name, [artifact(name)]]));
    // What is left to wait for in this round says nothing about what it needs.
    const build = { srpm: 'glibc', waitsOn: [] };
    const found = [...builtBefore(build, { waits, done })].map(({ path }) => path);
    expect(found.sort()).toEqual(['gettext', 'headers', 'iconv']);
  });
});
