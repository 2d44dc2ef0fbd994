import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../toolkit/host/host.ts';
import { awkwardProfile } from '../../support/awkward-tree.ts';
import { openTestHost } from '../../support/host.ts';
import { awkwardTree, expectAsRpmspec, scansOf } from '../../support/scan-judge.ts';

const signal = new AbortController().signal;
let host: Host;

beforeAll(async () => {
  host = await openTestHost();
});
afterAll(async () => await host?.[Symbol.asyncDispose]());

describe('a scan by the rpm of another Debian', () => {
  it('tells what that rpm’s rpmspec tells', async () => {
    await using tree = await awkwardTree();
    const profile = awkwardProfile('worker-bookworm', '4.18.2');
    // The judge fails here: `rpmspec -P` of 4.18 prints this spec without its `%files` line.
    const judged = (specs: readonly string[]) => specs.filter((spec) => !spec.includes('/parts/'));
    const made = await expectAsRpmspec(host, tree.path, profile, signal, judged);
    expect(scansOf(made).size).toBe(10);
  });
});
