import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { jsonLines, tasksOf } from '../support/events.ts';
import { must } from '../support/shell.ts';
import { makeTrial, type Trial, tinySpecs } from '../support/trial.ts';

describe.runIf(isRoot())('distrokit verify', () => {
  let home: string;
  let clone: Clone;
  let trial: Trial;

  beforeAll(async () => {
    home = await testHome('verify');
    clone = await warmClone(home);
    const install = (name: string, ...lines: string[]) => [`cd %{buildroot}/usr/share/${name}`, ...lines];
    trial = await makeTrial(
      clone,
      'verify',
      tinySpecs({
        good: { build: ['sleep 0.1'] },
        bad: {
          preamble: ['BuildRequires: gcc'],
          install: install(
            'bad',
            'date +%N > nanoseconds',
            'date +%Y > year',
            'pwd > folder',
            'whoami > user',
            'nproc > cores',
            'echo $TZ > zone',
            // Both may be written within the same second.
            'echo same > text; touch -d "$(date)" text; gzip --keep --stdout text > text.gz',
            `echo "const char host[] = \\"built on $(hostname)\\";" > a.c; gcc -c a.c; ar rcD all.a a.o; rm a.c a.o`,
            'touch -- "$(hostname)"',
            'mkdir d; touch d/one d/two d/three d/four d/five; ls -U d > order',
            // rpmbuild itself sets the umask of all scripts, but not of what it expands.
            'echo %(umask) > umask',
          ),
          files: [],
        },
        excepted: {
          preamble: ['# verify: /usr/share/excepted/now - it is meant to tell when it was made'],
          install: install('excepted', 'date +%N > now'),
        },
        broken: { build: ['false'] },
        above: { preamble: ['BuildRequires: broken'] },
        unused: { preamble: ['# verify: unused-doc - there is no such package'] },
      }),
    );
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('passes a package that does not see where and when it is built, and remembers it', async () => {
    const first = await trial.must(['verify', 'good', '--json']);
    expect(jsonLines(first.stdout).at(-1)).toMatchObject({
      result: { count: { sources: 1, packages: 1 }, identical: { sources: 1, packages: 1 } },
    });
    const result = jsonLines(first.stdout).at(-1)?.result as { sources: { varied: string[] }[] };
    expect(result.sources[0]?.varied).toEqual(
      expect.arrayContaining([
        'clock',
        'build folder',
        'cores',
        'host name',
        'order of directories',
        'umask',
      ]),
    );
    const again = await trial.must(['verify', 'good', '--json']);
    expect(tasksOf(again.stdout, 'verify', 'reused')).toEqual(['good']);
    const text = await trial.must(['verify', 'good']);
    expect(text.stdout).toContain('1 of 1 source packages (100.0 %)');
  });

  it('names what differs down to the file and the place in it', async () => {
    const { code, stdout } = await trial.run(['verify', 'bad']);
    expect(code).toBe(1);
    const at = (file: string) => `    /usr/share/bad/${file}`;
    for (const [place, detail] of [
      [at('nanoseconds'), 'line 1: '],
      [at('year'), 'line 1: '],
      [at('folder'), 'line 1: "/build/top/'],
      [at('user'), 'line 1: "root" / "builder"'],
      [at('cores'), 'line 1: '],
      [at('zone'), 'line 1: "UTC" / "VERIFY-13:45"'],
      [at('text.gz'), 'time in its header '],
      [at('all.a > a.o > .rodata'), ''],
      [at('build'), 'only in the first build'],
      [at('order'), 'line 1: '],
      [at('umask'), 'line 1: "0022" / "0077"'],
    ]) {
      expect(stdout).toContain(`${place}: ${detail}`);
    }
    expect(stdout).not.toContain(`${at('text')}:`);
    expect(stdout).toContain('0 of 1 packages (0.0 %) byte-identical');
    expect(await readdir(join(trial.out, 'verify/bad'))).toEqual(['bad-1-1.dk1.noarch.rpm']);
  });

  it('takes nothing of the second build for the first', async () => {
    const rpm = join(trial.out, 'RPMS/noarch/bad-1-1.dk1.noarch.rpm');
    await trial.must(['packages', 'bad']);
    const { stdout } = await must(['sha256sum', rpm, join(trial.out, 'verify/bad/bad-1-1.dk1.noarch.rpm')]);
    const [first, second] = stdout.split('\n').map((line) => line.slice(0, 64));
    expect(first).not.toBe(second);
  });

  it('verifies what it can, and names what has no first build, and why', async () => {
    const { code, stdout, stderr } = await trial.run(['verify', 'broken', 'above', 'good']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^broken: not verified: %build failed/m);
    expect(stdout).toMatch(/^above: not verified: it needs broken$/m);
    expect(stdout).toMatch(/1 of 1 packages \(100\.0 %\) byte-identical, 2 of the source packages could not/);
    expect(stderr).toMatch(/^error: a package could not be built/m);
  });

  it('lets pass what the spec excepts with a reason', async () => {
    const { stdout } = await trial.must(['verify', 'excepted']);
    expect(stdout).toContain('excepted: /usr/share/excepted/now - it is meant to tell when it was made');
    expect(stdout).toContain('0 of 1 packages (0.0 %) byte-identical, 1 with a stated exception\n');
  });

  it('refuses an exception that covers nothing', async () => {
    const { code, stdout } = await trial.run(['verify', 'unused']);
    expect(code).toBe(2);
    expect(stdout).toContain('unused/unused.spec:7: nothing differs in unused-doc');
  });
});
