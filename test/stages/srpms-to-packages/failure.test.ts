import { describe, expect, it } from 'vitest';
import { summarizeFailure } from '../../../toolkit/stages/srpms-to-packages/failure.ts';

/** Ends of logs as rpmbuild 4.20.1 wrote them in a worker root. */
const LOGS = {
  compiler: `+ exit 0
Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.cgHGHO
+ umask 022
+ cd /build/top/BUILD/compile-1-build
+ cd compile-1
+ make -j2
gcc -c a.c
a.c: In function ‘main’:
a.c:1:25: error: ‘undeclared’ undeclared (first use in this function)
    1 | int main(void) { return undeclared; }
      |                         ^~~~~~~~~~
a.c:1:25: note: each undeclared identifier is reported only once for each function it appears in
make: *** [Makefile:3: a.o] Error 1
error: Bad exit status from /var/tmp/rpm-tmp.cgHGHO (%build)

RPM build errors:
    Bad exit status from /var/tmp/rpm-tmp.cgHGHO (%build)
`,
  linker: `Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.Y1pIxS
+ make a
cc     a.c   -o a
/usr/bin/ld: /tmp/ccIejdUB.o: in function \`main':
a.c:(.text+0x5): undefined reference to \`f'
collect2: error: ld returned 1 exit status
make: *** [<builtin>: a] Error 1
error: Bad exit status from /var/tmp/rpm-tmp.Y1pIxS (%build)
`,
  patch: `Executing(%prep): /bin/bash -e /var/tmp/rpm-tmp.n6IvJ2
+ echo 'Patch #0 (fix.patch):'
Patch #0 (fix.patch):
+ /usr/bin/patch --no-backup-if-mismatch -f -p1 --fuzz=0
patching file text
Hunk #1 FAILED at 1.
1 out of 1 hunk FAILED -- saving rejects to file text.rej
error: Bad exit status from /var/tmp/rpm-tmp.n6IvJ2 (%prep)

RPM build errors:
    Bad exit status from /var/tmp/rpm-tmp.n6IvJ2 (%prep)
Executing(rmbuild): /bin/bash -e /var/tmp/rpm-tmp.ZaYQ4B
+ umask 022
+ exit 0
`,
  command: `Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.ZmEGcf
+ cd command-1
+ cat /no/such/file
cat: /no/such/file: No such file or directory
error: Bad exit status from /var/tmp/rpm-tmp.ZmEGcf (%build)
`,
  inPassing: `Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.Xc0Pqy
make -C sub
make[1]: Entering directory '/build/top/BUILD/nested-1-build/nested-1/sub'
error: a word in passing
make[1]: Leaving directory '/build/top/BUILD/nested-1-build/nested-1/sub'
false
make: *** [Makefile:3: all] Error 1
error: Bad exit status from /var/tmp/rpm-tmp.Xc0Pqy (%build)
`,
  earlierSection: `Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.AAAAAA
a.c:1:1: error: told by a program that went on
+ exit 0
Executing(%check): /bin/bash -e /var/tmp/rpm-tmp.GhV9nn
+ echo 'FAIL: test-7 (expected 3, got 4)'
FAIL: test-7 (expected 3, got 4)
+ false
error: Bad exit status from /var/tmp/rpm-tmp.GhV9nn (%check)
`,
  files: `+ /usr/lib/rpm/brp-remove-la-files
Reading /build/top/BUILD/unpackaged-1-build/SPECPARTS/rpm-debuginfo.specpart
Processing files: unpackaged-1-1.dk1.x86_64
Checking for unpackaged file(s): /usr/lib/rpm/check-files /build/top/BUILD/unpackaged-1-build/BUILDROOT
error: Installed (but unpackaged) file(s) found:
   /usr/bin/extra

RPM build errors:
    Installed (but unpackaged) file(s) found:
   /usr/bin/extra
`,
  silent: `Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.cbg7JO
+ umask 022
+ exit 3
error: Bad exit status from /var/tmp/rpm-tmp.cbg7JO (%build)
`,
} as const;

describe('summarizeFailure', () => {
  it.each([
    ['compiler', '%build failed: a.c:1:25: error: ‘undeclared’ undeclared (first use in this function)'],
    ['linker', "%build failed: a.c:(.text+0x5): undefined reference to `f'"],
    ['patch', '%prep failed: Hunk #1 FAILED at 1.'],
    ['command', '%build failed: cat: /no/such/file: No such file or directory'],
    ['inPassing', '%build failed: make: *** [Makefile:3: all] Error 1'],
    ['earlierSection', '%check failed: FAIL: test-7 (expected 3, got 4)'],
    ['files', 'rpmbuild failed: Installed (but unpackaged) file(s) found:'],
    ['silent', '%build failed with exit code 1'],
  ] as const)('finds what the %s log tells', (name, message) => {
    expect(summarizeFailure(LOGS[name], 1).message).toBe(message);
  });

  it('gives the lines around it, and none of what rpmbuild repeats at the end', () => {
    expect(summarizeFailure(LOGS.patch, 1).lines).toEqual([
      "+ echo 'Patch #0 (fix.patch):'",
      'Patch #0 (fix.patch):',
      '+ /usr/bin/patch --no-backup-if-mismatch -f -p1 --fuzz=0',
      'patching file text',
      'Hunk #1 FAILED at 1.',
      '1 out of 1 hunk FAILED -- saving rejects to file text.rej',
    ]);
    expect(summarizeFailure(LOGS.files, 1).lines.at(-1)).toBe('   /usr/bin/extra');
  });

  it("finds rpmbuild's own errors behind what scripts say after them", () => {
    const log = [
      'Processing files: pkg-1-1.x86_64',
      'error: File not found: /build/top/BUILD/pkg-1-build/BUILDROOT/usr/bin/gone',
      'Executing(%license): /bin/bash -e /var/tmp/rpm-tmp.z3TbuR',
      '+ cp -pr COPYING /build',
      '+ exit 0',
      'RPM build errors:',
      '    File not found: /build/top/BUILD/pkg-1-build/BUILDROOT/usr/bin/gone',
    ].join('\n');
    expect(summarizeFailure(log, 1)).toEqual({
      message: 'rpmbuild failed: File not found: /usr/bin/gone',
      lines: ['File not found: /usr/bin/gone'],
    });
  });

  it('shows the last commands of a script that said nothing', () => {
    expect(summarizeFailure(LOGS.silent, 1).lines.at(-1)).toBe('+ exit 3');
  });

  it('puts a full disk before all that comes of it', () => {
    const log = `a.c:1:1: error: unknown type\ncp: write error: No space left on device\n${LOGS.compiler}`;
    const section = log.replaceAll('Executing(%build): /bin/bash -e /var/tmp/rpm-tmp.cgHGHO\n', '');
    expect(summarizeFailure(section, 1).message).toContain('No space left on device');
  });

  it.each(['', '\n', 'Killed', '\u0000\ufffd'])('takes any log: %j', (log) => {
    expect(summarizeFailure(log, 137).message).toBe('rpmbuild failed with exit code 137');
  });
});
