import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { jsonLines } from '../support/events.ts';
import { makeTrial, SALT, type Trial } from '../support/trial.ts';

/** A package with one fault of each kind, of which rpm itself says nothing. */
function faulty(name: string, exceptions: readonly string[] = []): string {
  return [
    `Name: ${name}`,
    'Version: 1',
    'Release: 1',
    'Summary: Does what it must not',
    'License: Proprietary',
    'URL: https://example.org/',
    'BuildRequires: gcc',
    ...exceptions,
    '%description',
    `A package of the test run ${SALT}.`,
    '%package again',
    'Summary: Has the same file',
    '%description again',
    'A second owner.',
    '%prep',
    '%setup -q -c -T',
    '%build',
    'printf \'int puts(const char *); int main(void) { return puts("a"); }\' > a.c',
    'gcc -no-pie -Wl,-rpath,/opt/a -Wl,-z,lazy -Wl,-z,norelro -o a a.c',
    '%install',
    `install -D a %{buildroot}/usr/bin/${name}`,
    `install -D /dev/null %{buildroot}/usr/share/${name}/empty`,
    `pwd > %{buildroot}/usr/share/${name}/folder`,
    `echo text > %{buildroot}/usr/share/${name}/text`,
    `ln -s nowhere %{buildroot}/usr/share/${name}/link`,
    '%files',
    `%attr(4755,root,root) /usr/bin/${name}`,
    `/usr/share/${name}`,
    `%attr(0666,root,root) /usr/share/${name}/folder`,
    '%files again',
    `/usr/share/${name}/text`,
    '%changelog',
    '* Fri Nov 20 2026 Tests <tests@distrokit.invalid> - 1-1',
    '- First package.',
    '',
  ].join('\n');
}

const FOUND = [
  ['build-path', 'NAME', '/usr/share/NAME/folder'],
  ['elf-lazy-binding', 'NAME', '/usr/bin/NAME'],
  ['elf-no-relro', 'NAME', '/usr/bin/NAME'],
  ['elf-not-pie', 'NAME', '/usr/bin/NAME'],
  ['elf-rpath', 'NAME', '/usr/bin/NAME'],
  ['file-empty', 'NAME', '/usr/share/NAME/empty'],
  ['file-owned-twice', 'NAME', '/usr/share/NAME/text'],
  ['file-owned-twice', 'NAME-again', '/usr/share/NAME/text'],
  ['license-not-spdx', 'NAME', undefined],
  ['license-not-spdx', 'NAME-again', undefined],
  ['license-text-missing', 'NAME', undefined],
  ['link-dangling', 'NAME', '/usr/share/NAME/link'],
  ['requires-unmet', 'NAME', 'rtld(GNU_HASH)'],
  ['setuid-file', 'NAME', '/usr/bin/NAME'],
  ['soname-unmet', 'NAME', 'libc.so.6'],
  ['world-writable', 'NAME', '/usr/share/NAME/folder'],
] as const;

const EXCEPTIONS = [
  'build-path /usr/share/excepted/*',
  'elf-* /usr/bin/excepted',
  'file-empty excepted',
  'file-owned-twice /usr/share/excepted',
  'license-* excepted',
  'license-* excepted-again',
  'link-dangling /usr/share/excepted/link',
  'requires-unmet rtld(GNU_HASH)',
  'setuid-file /usr/bin/excepted',
  'soname-unmet libc.so.6',
  'world-writable /usr/share/excepted/folder',
].map((exception) => `# lint: ${exception} - it is what the test is for`);

describe.runIf(isRoot())('distrokit lint', () => {
  let home: string;
  let trial: Trial;

  beforeAll(async () => {
    home = await testHome('lint');
    const clone = await warmClone(home);
    trial = await makeTrial(clone, 'lint', {
      'faulty/faulty.spec': faulty('faulty'),
      'excepted/excepted.spec': faulty('excepted', EXCEPTIONS),
      'idle/idle.spec': faulty('idle', ['# lint: setgid-file idle - it has none']),
    });
    await trial.must(['packages', 'faulty', 'excepted']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('names each fault of a package', async () => {
    const { code, stdout } = await trial.run(['lint', 'faulty', '--json']);
    expect(code).toBe(1);
    const result = jsonLines(stdout).at(-1)?.result as {
      findings: { rule: string; package: string; at?: string; line: number; remedy: string }[];
    };
    const named = (text: string | undefined) => text?.replace('NAME', 'faulty');
    expect(result.findings.map(({ rule, package: name, at }) => [rule, name, at]).sort()).toEqual(
      FOUND.map(([rule, name, at]) => [rule, named(name), named(at)]),
    );
    expect(result.findings.every(({ remedy }) => remedy !== '')).toBe(true);
  });

  it('tells people the line of the spec, and what to do', async () => {
    const { stdout } = await trial.run(['lint', join(trial.specs, 'faulty/faulty.spec')]);
    expect(stdout).toContain(
      'faulty/faulty.spec:26: error setuid-file: faulty: /usr/bin/faulty: mode 4755, root:root',
    );
    expect(stdout).toContain("faulty/faulty.spec:5: error license-not-spdx: faulty: 'Proprietary': ");
    expect(stdout).toContain('    Take the bit away, or say in an exception why it is needed.\n');
    expect(stdout).toContain('13 errors, 3 warnings in 1 spec and 2 packages\n');
  });

  it('lets pass what the spec excepts with a reason', async () => {
    const { stdout } = await trial.must(['lint', 'excepted', '--strict']);
    expect(stdout).toBe('0 errors, 0 warnings in 1 spec and 2 packages; 16 findings excepted\n');
  });

  it('judges only the spec of what is not built, and an RPM file without a spec', async () => {
    const { stdout } = await trial.run(['lint', 'idle']);
    expect(stdout).toMatch(/^not built: idle \(.*\): only its spec was judged$/m);
    expect(stdout).not.toContain('exception-unused');
    const rpm = join(trial.out, 'RPMS/x86_64/faulty-1-1.x86_64.rpm');
    const { code, stdout: told } = await trial.run(['lint', rpm]);
    expect(code).toBe(1);
    expect(told).toMatch(
      /^RPM file: error elf-rpath: faulty: \/usr\/bin\/faulty: R(?:UN)?PATH is \/opt\/a$/m,
    );
  });

  it('refuses what no spec makes', async () => {
    const { code, stderr } = await trial.run(['lint', 'nothing-of-this-name']);
    expect(code).toBe(2);
    expect(stderr).toContain('nothing-of-this-name');
  });
});
