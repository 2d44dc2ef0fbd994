import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import {
  type BuildDependency,
  buildRoot,
  planPackage,
} from '../../../toolkit/stages/srpms-to-packages/index.ts';
import { openTestHost } from '../../support/host.ts';

const signal = new AbortController().signal;

const HEAD = (name: string) =>
  `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n`;

/** A library that answers to the same names as one of the worker's. */
const OURS = `${HEAD('zlib').replace('BuildArch: noarch\n', '')}
%package devel
Summary: x
%description devel
x
%install
mkdir -p %{buildroot}%{_includedir} %{buildroot}%{_libdir}/pkgconfig
echo 'int ours(void);' > %{buildroot}%{_includedir}/zlib.h
echo 'int ours(void) { return 0; }' | gcc -shared -fPIC -Wl,-soname,libz.so.1 -o %{buildroot}%{_libdir}/libz.so.1 -xc -
ln -s libz.so.1 %{buildroot}%{_libdir}/libz.so
printf 'Name: zlib\\nDescription: x\\nVersion: 99\\nLibs: -lz\\n' > %{buildroot}%{_libdir}/pkgconfig/zlib.pc
%files
%{_libdir}/libz.so.1
%files devel
%{_includedir}/zlib.h
%{_libdir}/libz.so
%{_libdir}/pkgconfig/zlib.pc
`;

const noarch = (name: string, path: string, make: string) =>
  `${HEAD(name)}%install\nmkdir -p %{buildroot}$(dirname ${path})\n${make} > %{buildroot}${path}\n%files\n${path}\n`;

const SPECS = {
  zlib: OURS,
  compiler: noarch('compiler', '/usr/bin/gcc', 'echo'),
  libc: noarch('libc', '/usr/include/stdio.h', 'echo'),
  alike: noarch('alike', '/etc/shells', 'cat /etc/shells'),
};

let host: Host;
let worker: Root;
const built = new Map<string, BuildDependency>();

beforeAll(async () => {
  host = await openTestHost();
  worker = await host.roots.base('worker', signal);
  await using out = await host.roots.scratch('layers-');
  const make = `
    cd /tmp; name=; while IFS= read -r line; do
      case $line in '#'*) name=\${line#?};; *) printf '%s\\n' "$line" >>"$name.spec";; esac
    done
    for spec in ./*.spec; do
      rpmbuild -bb --quiet --define '_rpmdir /out' --define '_rpmfilename %%{NAME}.rpm' "$spec"
    done`;
  const stdin = Object.entries(SPECS)
    .map(([name, spec]) => `#${name}\n${spec}\n`)
    .join('');
  const binds = [{ source: out.path, target: '/out', writable: true }];
  const result = await host.roots.run(worker, { argv: ['/bin/bash', '-euc', make], stdin, binds }, signal);
  expect(result.exitCode, result.stderr).toBe(0);
  for (const file of await readdir(out.path)) {
    const { sha256 } = await host.store.putFile(join(out.path, file), signal);
    built.set(file.replace(/\.rpm$/, ''), { file, sha256, source: file });
  }
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
});

/** A build root with these packages, and what a script in it says. */
async function inRootWith(names: readonly string[], script: string): Promise<string> {
  const plan = planPackage({
    ...{ name: 'x', srpm: { file: 'x', digest: { sha256: 'x', size: 0 } }, rootKey: worker.key },
    dependencies: names.map((name) => built.get(name)!),
    ...{ targetKey: {}, runCheck: false },
  });
  const root = await buildRoot(plan, worker, host, signal);
  const result = await host.roots.run(root, { argv: ['/bin/bash', '-euc', script] }, signal);
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stdout.trim();
}

describe('a library of ours in a build root that has the same from Debian', () => {
  const USES_OURS = `
    echo '#include <zlib.h>
      int main(void) { return ours(); }' >/tmp/user.c
    gcc $(pkg-config --cflags zlib) -Wl,--trace /tmp/user.c -o /tmp/user $(pkg-config --libs zlib) |
      grep libz | xargs realpath
    pkg-config --modversion zlib`;

  it('is what is included, linked and found by pkg-config; nothing of Debian is left to be taken', async () => {
    const said = await inRootWith(['zlib', 'zlib-devel'], USES_OURS);
    expect(said.split('\n')).toEqual(['/usr/lib/libz.so.1', '99']);
    const left =
      'ls /usr/lib/x86_64-linux-gnu/libz.{a,so} /usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc 2>/dev/null || :';
    expect(await inRootWith(['zlib', 'zlib-devel'], left)).toBe('');
  });

  it('leaves the programs of the worker their own', async () => {
    const ldd = 'ldd /usr/bin/rpmbuild | grep libz.so; gcc --version >/dev/null';
    expect(await inRootWith(['zlib', 'zlib-devel'], ldd)).toContain('/lib/x86_64-linux-gnu/libz.so.1');
  });

  it('does not change the root that others build in', async () => {
    expect(await inRootWith([], 'pkg-config --modversion zlib; ls /usr/include/zlib.h')).toMatch(
      /^1\..*\n\/usr\/include\/zlib\.h$/,
    );
  });
});

describe('a package that would overwrite a file of the worker', () => {
  it.each([
    ['compiler', '/usr/bin/gcc'],
    ['libc', '/usr/include/stdio.h'],
  ])('%s is refused: %s', async (name, path) => {
    await expect(inRootWith([name], 'true')).rejects.toMatchObject({
      code: 'BUILD_ROOT_FAILED',
      message: expect.stringContaining(`${name}: ${path}`),
    });
  });

  it('is installed where the bytes are the same', async () => {
    expect(await inRootWith(['alike'], 'rpm -qf /etc/shells')).toContain('alike');
  });
});
