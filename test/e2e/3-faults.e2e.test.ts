import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, leftovers, removeTree, testHome, USER, warmClone } from '../support/checkout.ts';
import { builtPackages, jsonLines, tasksOf } from '../support/events.ts';
import { serve, serveFolder } from '../support/http-server.ts';
import { processesOf } from '../support/processes.ts';
import { must, type Run } from '../support/shell.ts';
import { makeTrial, SALT, tinySpec, tinySpecs } from '../support/trial.ts';

/** One message, and no stack of ours: what a user is to see of any fault that is not ours. */
function expectOneMessage(result: Run, exitCode: number): void {
  expect(result.stderr).not.toContain('a fault in distrokit itself');
  expect(result.stderr).not.toMatch(/^ {4}at /m);
  expect(result.stderr.match(/^error: /gm), result.stderr).toHaveLength(1);
  expect(result.code, result.stderr).toBe(exitCode);
}

describe.runIf(isRoot())('a fault of what the user wrote', () => {
  let home: string;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('faults');
    clone = await warmClone(home);
  });

  afterEach(async () => {
    expect(await processesOf(USER)).toEqual([]);
    expect(await leftovers(home)).toEqual([]);
    expect(await readdir(join(clone.cache, 'tmp'))).toEqual([]);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('in a spec is told with file and line, and other specs are built', async () => {
    const lines = tinySpec('broken').split('\n');
    const at = lines.indexOf('%description');
    lines.splice(at, 0, '%if 1 ==');
    const trial = await makeTrial(clone, 'syntax', {
      'broken/broken.spec': lines.join('\n'),
      ...tinySpecs({ good: {}, other: { preamble: ['BuildRequires: good'] } }),
    });
    const result = await trial.run(['packages']);
    expectOneMessage(result, 2);
    expect(result.stderr).toContain(`broken.spec:${at + 1}: `);
    expect(result.stdout).toBe('');
    const made = await readdir(join(trial.out, 'RPMS/noarch'));
    expect(made.sort()).toEqual(['good-1-1.dk1.noarch.rpm', 'other-1-1.dk1.noarch.rpm']);
    await readFile(join(trial.out, 'RPMS/repodata/repomd.xml'));
    const graph = await trial.run(['graph']);
    expectOneMessage(graph, 2);
    expect(graph.stderr).toContain(`broken.spec:${at + 1}: `);
  });

  it('of a file beside the spec that is not the one listed names both hashes', async () => {
    const listed = 'a'.repeat(64);
    const trial = await makeTrial(clone, 'changed-source', {
      ...tinySpecs({ liar: { preamble: ['Source0: data.txt'] }, honest: {} }),
      'liar/data.txt': 'not what was listed\n',
      'liar/liar.signatures.json': JSON.stringify({ Signatures: { 'data.txt': listed } }),
    });
    const result = await trial.run(['packages']);
    expectOneMessage(result, 1);
    expect(result.stderr).toContain(listed);
    expect(result.stderr).toContain(createHash('sha256').update('not what was listed\n').digest('hex'));
    expect(result.stderr).toMatch(/data\.txt .*SHA-256/);
    expect(await readdir(join(trial.out, 'RPMS/noarch'))).toEqual(['honest-1-1.dk1.noarch.rpm']);
  });

  it('of a server with wrong bytes uses none of them and tells what everyone asked had said', async () => {
    const wrong = Buffer.from('these are other bytes\n');
    const listed = createHash('sha256').update(`the right bytes ${SALT}\n`).digest('hex');
    await using servers = new AsyncDisposableStack();
    const lying = servers.use(await serve((_request, response) => response.end(wrong)));
    const empty = servers.use(await serveFolder(join(home, 'nothing')));
    const trial = await makeTrial(clone, 'wrong-bytes', {
      ...tinySpecs({ wanting: { preamble: [`Source0: ${empty.url}/release/thing-1.tar`] } }),
      'wanting/wanting.signatures.json': JSON.stringify({ Signatures: { 'thing-1.tar': listed } }),
    });
    const env = { SOURCE_URL: `${lying.url}/flat`, DEBIAN_MIRROR: `${empty.url}/debian` };
    const result = await trial.run(['packages'], { env });
    expectOneMessage(result, 1);
    expect(result.stderr).toContain(`thing-1.tar (SHA-256 ${listed}) was found nowhere`);
    expect(result.stderr).toContain('spec folder: not there');
    expect(result.stderr).toContain('store: not there');
    expect(result.stderr).toContain(`${lying.url}/flat/thing-1.tar`);
    expect(result.stderr).toContain(createHash('sha256').update(wrong).digest('hex'));
    expect(result.stderr).toMatch(new RegExp(`${empty.url}/release/thing-1.tar.*404`));
    expect(result.stderr).toContain('Debian archive');
    expect(lying.requests).toContain('/flat/thing-1.tar');
    const stored = await must([
      'find',
      clone.cache,
      '-name',
      createHash('sha256').update(wrong).digest('hex'),
    ]);
    expect(stored.stdout).toBe('');

    await using right = await serve((_request, response) => response.end(`the right bytes ${SALT}\n`));
    await trial.must(['packages'], { env: { ...env, SOURCE_URL: right.url } });
  });

  it('in a BuildRequires that nobody provides names it and who wants it', async () => {
    const trial = await makeTrial(clone, 'unknown-need', {
      ...tinySpecs({ wanting: { preamble: ['BuildRequires: no-such-thing >= 2'] }, content: {} }),
    });
    const named = await trial.run(['packages', 'wanting']);
    expectOneMessage(named, 1);
    expect(named.stderr).toMatch(/no-such-thing >= 2 \(wanted by wanting/);
    const all = await trial.run(['packages']);
    expectOneMessage(all, 1);
    expect(all.stderr).toMatch(/wanting: .*no-such-thing/s);
    expect(await readdir(join(trial.out, 'RPMS/noarch'))).toEqual(['content-1-1.dk1.noarch.rpm']);
  });

  it('in a cycle of specs is printed as the cycle', async () => {
    const trial = await makeTrial(clone, 'cycle', {
      ...tinySpecs({
        egg: { preamble: ['BuildRequires: hen'] },
        hen: { preamble: ['BuildRequires: egg'] },
        farm: { preamble: ['BuildRequires: hen'] },
        meadow: {},
      }),
    });
    const result = await trial.run(['packages', 'egg']);
    expectOneMessage(result, 1);
    expect(result.stderr).toMatch(/egg.*-> .*hen.*-> .*egg|hen.*-> .*egg.*-> .*hen/s);
    const all = await trial.run(['packages']);
    expectOneMessage(all, 1);
    expect(all.stderr).toMatch(/egg.*-> .*hen.*-> .*egg|hen.*-> .*egg.*-> .*hen/s);
    expect(await readdir(join(trial.out, 'RPMS/noarch'))).toEqual(['meadow-1-1.dk1.noarch.rpm']);
  });

  it('in a build is told with its last lines, its log and what it blocks; the rest is built', async () => {
    const trial = await makeTrial(clone, 'failing', {
      ...tinySpecs({
        failing: { build: ['echo before it went wrong', 'cat /no/such/file'] },
        blocked: { preamble: ['BuildRequires: failing'] },
        later: { preamble: ['BuildRequires: blocked'] },
        free: {},
        freed: { preamble: ['BuildRequires: free'] },
      }),
    });
    const result = await trial.run(['packages']);
    expectOneMessage(result, 1);
    expect(result.stderr).toContain('%build failed');
    expect(result.stderr).toContain('/no/such/file: No such file or directory');
    expect(result.stderr).toContain('not built because of it: blocked, later');
    const log = /log: (\S+)/.exec(result.stderr)?.[1];
    expect(log).toBe(join(trial.out, 'logs/packages/failing.log'));
    expect(await readFile(log!, 'utf8')).toContain('before it went wrong');

    const again = await trial.run(['packages', '--json']);
    expect(again.code).toBe(1);
    expect(tasksOf(again.stdout, 'packages', 'reused')).toEqual(['free', 'freed']);
    expect(tasksOf(again.stdout, 'packages', 'failed')).toEqual(['failing']);
    expect(tasksOf(again.stdout, 'packages', 'skipped')).toEqual(['blocked', 'later']);
    expect(jsonLines(again.stdout).at(-1)).toMatchObject({ type: 'error', code: 'PACKAGES_FAILED' });

    await trial.write(tinySpecs({ failing: {} }));
    const mended = await trial.must(['packages', '--json']);
    expect(builtPackages(mended.stdout)).toEqual(['blocked', 'failing', 'later']);
  });

  it('of a package that would replace the compiler of the build root names both', async () => {
    const trial = await makeTrial(clone, 'overwrite', {
      ...tinySpecs({
        clobber: {
          install: ['install -D -m 0755 /dev/null %{buildroot}/usr/bin/gcc'],
          files: ['/usr/bin/gcc'],
        },
        victim: { preamble: ['BuildRequires: clobber'] },
      }),
    });
    const result = await trial.run(['packages']);
    expectOneMessage(result, 1);
    expect(result.stderr).toMatch(/^ *victim: /m);
    expect(result.stderr).toContain('clobber: /usr/bin/gcc');
  });

  it('in a configuration is told with line, column and the nearest name', async () => {
    const config = join(clone.dir, 'configs/typo.yaml');
    await writeFile(config, 'version: "1.0"\npackages: [filesystem]\nhostnam: x\ndisk:\n  boot: uefy\n');
    const key = await clone.run(['toolkit/distrokit', 'image', '--config', 'configs/typo.yaml']);
    expectOneMessage(key, 2);
    expect(key.stderr).toMatch(/configs\/typo\.yaml:3:1: .*'hostnam'.*did you mean 'hostname'/);
    expect(key.stderr).toMatch(/configs\/typo\.yaml:5:9: .*'uefy'.*did you mean 'uefi'/);
    const missing = await clone.run(['toolkit/distrokit', 'image', '--config', 'configs/minimale.yaml']);
    expectOneMessage(missing, 2);
    expect(missing.stderr).toContain('configs/minimale.yaml');
    expect(missing.stderr).toContain('minimal.yaml');
    await writeFile(config, 'version: "1.0"\ninclude:\n  - minimal.package.yaml\npackages: [busybox]\n');
    const included = await clone.run(['toolkit/distrokit', 'image', '--config', 'configs/typo.yaml']);
    expectOneMessage(included, 2);
    expect(included.stderr).toMatch(
      /configs\/typo\.yaml:3:5: .*minimal\.package\.yaml.*minimal\.packages\.yaml/,
    );
    expect(await readdir(join(clone.dir, 'images')).catch(() => [])).not.toContain('typo');
  });

  it('in the name of a package to build or install names the nearest', async () => {
    const trial = await makeTrial(clone, 'names', tinySpecs({ alpha: {}, beta: {} }));
    const unknown = await trial.run(['packages', 'alpa']);
    expectOneMessage(unknown, 2);
    expect(unknown.stderr).toMatch(/alpa.*\n.*Did you mean alpha\?/);
  });

  it.each([
    [['PACKAGE=alpha'], /no variable PACKAGE\b.*\n.*Did you mean PACKAGES\?/],
    [['QUICK_REBUILD=y'], /QUICK_REBUILD is not supported yet/],
    [['RUN_CHECK=yes'], /RUN_CHECK is 'yes'; it takes y or n/],
    [['MAX_CPU=many'], /MAX_CPU is 'many'; it takes a whole number/],
    [['SRPM_FILE_SIGNATURE_HANDLING=off'], /'off'; it takes enforce, skip or update/],
    [['TOOLCHAIN=podman'], /'podman'; it takes userns or docker/],
  ])('in a variable is refused by name: make packages %s', async (variables, message) => {
    const result = await clone.run(['make', 'packages', 'DRY_RUN=y', ...variables]);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/packages\] Error 2$/m);
    expect(result.code).toBe(2);
  });
});
