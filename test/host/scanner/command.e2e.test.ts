import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKOUT, ROOT_CACHE } from '../../support/checkout.ts';
import { run } from '../../support/shell.ts';
import { sharedFolder } from './real-host.ts';

const GOOD = 'Name: good\nVersion: 1\nRelease: 1%{?dist}\nSummary: x\nLicense: x\n%description\nx\n%files\n';

describe('distrokit scan', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await sharedFolder('scan-');
    for (const [name, text] of Object.entries({ good: GOOD, bad: `${GOOD}%if 1\n` })) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, `${name}.spec`), text);
    }
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const scan = async (...options: string[]) =>
    await run(['toolkit/distrokit', 'scan', ...options], {
      cwd: CHECKOUT,
      env: { DISTROKIT_CACHE: ROOT_CACHE },
    });

  it('prints one JSON object a spec and line, and nothing else, whatever fails', async () => {
    const { code, stdout, stderr } = await scan('--distro', 'distrokit', '--specs', folder, '--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { spec: 'bad/bad.spec', error: { message: 'Unclosed %if', file: 'bad/bad.spec', line: 9 } },
      expect.objectContaining({
        spec: 'good/good.spec',
        source: { name: 'good', epoch: 0, version: '1', release: '1.dk1', arch: 'x86_64' },
      }),
    ]);
    expect(stderr).toContain('bad/bad.spec:9: Unclosed %if');
    expect(code).toBe(2);
  });

  it('names the nearest profile for one that is not there', async () => {
    expect(await scan('--distro', 'distrokid')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Did you mean distrokit?'),
    });
  });
});
