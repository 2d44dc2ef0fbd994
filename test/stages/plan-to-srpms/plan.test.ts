import { describe, expect, it } from 'vitest';
import type { SpecScan } from '../../../toolkit/domain/spec.ts';
import { planSrpm, type SrpmPlanInput } from '../../../toolkit/stages/plan-to-srpms/index.ts';
import { scan } from '../../domain/graph-fixture.ts';

const hello: SpecScan = { ...scan('hello'), spec: 'tools/hello/hello.spec' };
const input: SrpmPlanInput = {
  scan: hello,
  specDigest: '1'.repeat(64),
  files: [
    { file: 'hello-1.tar', accepted: ['2'.repeat(64)] },
    { file: 'fix.patch', accepted: ['3'.repeat(64)] },
  ],
  rootKey: 'root',
  target: { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' },
};
const { target } = input;
const [tarball, patch] = input.files as [SrpmPlanInput['files'][0], SrpmPlanInput['files'][0]];
const key = planSrpm(input).actionKey;

describe('planSrpm', () => {
  it.each<[what: string, change: Partial<SrpmPlanInput>]>([
    ['the spec', { specDigest: '4'.repeat(64) }],
    ['the name of the spec file', { scan: { ...hello, spec: 'tools/hello/hullo.spec' } }],
    ['a source', { files: [{ ...tarball, accepted: ['5'.repeat(64)] }, patch] }],
    [
      'what else is accepted as a source',
      { files: [{ ...tarball, accepted: ['2'.repeat(64), '5'.repeat(64)] }, patch] },
    ],
    ['a patch', { files: [tarball, { ...patch, accepted: ['5'.repeat(64)] }] }],
    ['the name of a file', { files: [{ ...tarball, file: 'hello-2.tar' }, patch] }],
    ['the number of files', { files: [tarball] }],
    ['the worker, with its macros', { rootKey: 'another' }],
    ['the dist tag', { target: { ...target, distTag: '.dk2' } }],
    ['the architecture', { target: { ...target, arch: 'aarch64' } }],
    ['a macro', { target: { ...target, macros: [{ name: 'with_x', body: '1' }] } }],
    ['the version of rpm', { target: { ...target, rpmVersion: '4.20.2' } }],
  ])('has another key when %s changes', (_what, change) => {
    expect(planSrpm({ ...input, ...change }).actionKey).not.toBe(key);
  });

  it('has the same key wherever the spec lies and in whichever order its files come', () => {
    const moved = { ...hello, spec: 'elsewhere/hello.spec' };
    const plan = planSrpm({ ...input, scan: moved, files: input.files.toReversed() });
    expect(plan).toEqual(planSrpm(input));
    expect(plan).toMatchObject({ name: 'hello', specFile: 'hello.spec' });
    expect(plan.files.map(({ file }) => file)).toEqual(['fix.patch', 'hello-1.tar']);
  });
});
