import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDistroProfile } from '../../toolkit/config/distro.ts';
import { isScanFailure } from '../../toolkit/domain/spec.ts';
import { versionMacros } from '../../toolkit/domain/version-macros.ts';
import type { Host } from '../../toolkit/host/host.ts';
import { CHECKOUT } from '../support/checkout.ts';
import { scanDistro } from '../support/distro-scan.ts';
import { openTestHost } from '../support/host.ts';
import { askRpmspec, differences, fieldsOf } from '../support/rpmspec.ts';

const signal = new AbortController().signal;
const { TREE = '', DISTRO = 'azurelinux-3.0' } = process.env;

describe('a scan of a whole distribution', () => {
  let host: Host;

  beforeAll(async () => {
    if (TREE === '') throw new Error('TREE names the checkout: make test-large TREE=...');
    host = await openTestHost();
  });
  afterAll(async () => await host?.[Symbol.asyncDispose]());

  it('tells of every spec what rpmspec tells', async () => {
    const profile = await loadDistroProfile(DISTRO, CHECKOUT);
    const { report, root, request } = await scanDistro(host, resolve(TREE), profile, signal);
    expect(report.results.filter(isScanFailure)).toEqual([]);
    const { versionMacros: prefix, target } = profile;
    const versions =
      prefix === undefined
        ? new Map<string, string>()
        : versionMacros(report.results, prefix, target.distTag);
    const specs = report.results.map(({ spec }) => spec);
    const told = await askRpmspec(host, root, request, specs, versions, signal);
    const lines = report.results.flatMap((result) =>
      isScanFailure(result) ? [] : differences(result.spec, fieldsOf(result), told.get(result.spec)!),
    );
    console.log(`${specs.length} specs compared, ${lines.length} fields differ`);
    expect(lines).toEqual([]);
  });
});
