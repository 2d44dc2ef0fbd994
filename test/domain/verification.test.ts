import { describe, expect, it } from 'vitest';
import { summarizeVerification, type VerifiedSource } from '../../toolkit/domain/verification.ts';
import { paint } from '../../toolkit/report/answers/text.ts';
import { verificationText } from '../../toolkit/report/verification.ts';

function compared(nevra: string, identical: boolean) {
  return { nevra, name: nevra, identical, differences: [] };
}

function source(name: string, parts: Partial<VerifiedSource>): VerifiedSource {
  return {
    ...{ name, verdict: 'identical', packages: [], open: [], exceptions: [], unused: [] },
    ...{ spec: `${name}/${name}.spec`, varied: [], failure: undefined, second: undefined, ...parts },
  };
}

const SOURCES = [
  source('same', { packages: [compared('same-1', true), compared('same-doc-1', true)] }),
  source('seed', {
    verdict: 'excepted',
    packages: [compared('seed-1', false), compared('seed-doc-1', true)],
  }),
  source('bad', {
    verdict: 'differs',
    packages: [compared('bad-1', false)],
    open: [compared('bad-1', false)],
  }),
  source('broken', { verdict: 'unbuilt', failure: { message: '%build failed', log: 'x.log' } }),
];

describe('summarizeVerification', () => {
  it('counts what is the same, what is excepted and what could not be built', () => {
    expect(summarizeVerification(SOURCES)).toMatchObject({
      count: { sources: 4, packages: 5 },
      identical: { sources: 1, packages: 3 },
      excepted: 1,
      unbuilt: 1,
    });
  });
});

describe('verificationText', () => {
  it('ends with the shares', () => {
    const text = verificationText(summarizeVerification(SOURCES), paint(false));
    expect(text).toContain('broken: not verified: %build failed\n');
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      '1 of 4 source packages (25.0 %), 3 of 5 packages (60.0 %) byte-identical, ' +
        '1 with a stated exception, 1 not, 1 of the source packages could not be built',
    );
  });
});
