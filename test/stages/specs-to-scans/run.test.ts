import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../../toolkit/domain/events.ts';
import type { SpecScanner } from '../../../toolkit/domain/spec-scanner.ts';
import { scanSpecs } from '../../../toolkit/stages/specs-to-scans/index.ts';

const signal = new AbortController().signal;
const target = { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' };

describe('scanSpecs', () => {
  let folder: string;
  let events: ToolkitEvent[];
  let asked: readonly string[];
  const scanner: SpecScanner = {
    scan: async ({ specs }) => {
      asked = specs;
      const results = specs.map((spec) => ({ spec, error: { message: 'no', file: spec, line: 3 } }));
      return { results, scanned: specs.length, reason: 'changed: %x' };
    },
  };
  const run = async (patterns?: readonly string[]) =>
    await scanSpecs(
      {
        ...{ folder, target, defines: [], files: [], answers: [], versionMacros: undefined },
        ...(patterns && { patterns }),
      },
      scanner,
      { events: { emit: (event) => events.push(event) } },
      signal,
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'specs-'));
    events = [];
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  it('finds one spec a folder in code-unit order, and odd things by that name too', async () => {
    for (const name of ['b', 'a', 'B', 'deep/inner']) await mkdir(join(folder, name), { recursive: true });
    for (const name of ['b/b.spec', 'a/a.spec', 'B/B.spec', 'a/a.txt', 'deep/inner/x.spec']) {
      await writeFile(join(folder, name), '');
    }
    await mkdir(join(folder, 'a/folder.spec'));
    await symlink('loop.spec', join(folder, 'a/loop.spec'));
    await run();
    expect(asked).toEqual(['B/B.spec', 'a/a.spec', 'a/folder.spec', 'a/loop.spec', 'b/b.spec']);
    await run(['**/*.spec']);
    expect(asked).toContain('deep/inner/x.spec');
  });

  it('warns of each failure with file and line, and says why all were scanned again', async () => {
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a/a.spec'), '');
    await run();
    expect(events.map((event) => 'message' in event && event.message)).toEqual([
      'all specs were scanned again (changed: %x)',
      'a/a.spec:3: no',
    ]);
  });

  it('refuses a folder without specs', async () => {
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'SPECS_MISSING' }));
  });
});
