import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinPackageFacts } from '../../../toolkit/host/roots/bootstrap.ts';
import { compareRequested, compareWithLock, formatLock, readLock } from '../../../toolkit/host/roots/lock.ts';
import { findMirror } from '../../../toolkit/host/roots/mirror.ts';
import { parsePackageList } from '../../../toolkit/host/roots/package-list.ts';

const SHA = 'a'.repeat(64);
const gcc = { name: 'gcc', version: '4:14.2.0-1', arch: 'amd64', sha256: SHA };
const make = { name: 'make', version: '4.4.1-2', arch: 'amd64', sha256: SHA };

async function folderWith(files: Record<string, string>) {
  const path = await mkdtemp(join(tmpdir(), 'roots-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true }) };
}

describe('parsePackageList', () => {
  it('reads one name a line, sorted, without comments and doubles', () => {
    expect(parsePackageList('# why\nrpm   # it\n\ng++\nrpm\n', 'x')).toMatchObject({
      packages: ['g++', 'rpm'],
    });
  });

  it('reads which Debian and which settings of rpm the root has', () => {
    expect(
      parsePackageList('suite: bookworm # rpm 4.18\nrpm: macros.a rpmrc\nnames: more\nrpm\n', 'x'),
    ).toEqual({
      suite: 'bookworm',
      rpm: ['macros.a', 'rpmrc'],
      names: ['more'],
      packages: ['rpm'],
    });
  });

  it('names the line that is no package', () => {
    expect(() => parsePackageList('rpm\nlib foo\n', 'worker.packages')).toThrow(
      /worker.packages:2: .*lib foo/,
    );
  });
});

describe('a lock', () => {
  it('comes back as it was written, sorted, one package a line', async () => {
    const lock = { suite: 'trixie', arch: 'amd64', requested: ['gcc', 'make'], packages: [make, gcc] };
    await using folder = await folderWith({ 'w.lock': formatLock(lock) });
    expect(await readLock(join(folder.path, 'w.lock'))).toEqual({ ...lock, packages: [gcc, make] });
    expect(
      formatLock(lock)
        .split('\n')
        .filter((line) => line.includes('"name"')),
    ).toHaveLength(2);
  });

  it('is undefined when missing and an error when damaged', async () => {
    await using folder = await folderWith({ 'bad.lock': '{"suite":1}' });
    expect(await readLock(join(folder.path, 'no.lock'))).toBeUndefined();
    await expect(readLock(join(folder.path, 'bad.lock'))).rejects.toMatchObject({
      code: 'ROOT_LOCK_INVALID',
    });
  });

  it('says what a mirror has otherwise', () => {
    const lock = { suite: 'trixie', arch: 'amd64', requested: ['gcc', 'make'], packages: [gcc, make] };
    const newer = { ...gcc, version: '4:14.3.0-1' };
    const added = { ...make, name: 'zstd' };
    expect(compareWithLock(lock, [gcc, make])).toEqual([]);
    expect(compareWithLock(lock, [newer, added])).toEqual([
      'mirror no longer has gcc 4:14.2.0-1, took 4:14.3.0-1',
      'make 4.4.1-2 is not in it any more',
      'zstd 4.4.1-2 is new in it',
    ]);
    expect(compareWithLock(lock, [gcc, { ...make, sha256: 'b'.repeat(64) }])).toEqual([
      'make 4.4.1-2 has other bytes on this mirror',
    ]);
  });
});

describe('compareRequested', () => {
  it('says what is asked for since a lock was made, and what no more', () => {
    const lock = { suite: 'trixie', arch: 'amd64', requested: ['gcc', 'make'], packages: [gcc, make] };
    expect(compareRequested(lock, { suite: 'trixie', packages: ['gcc', 'make'] })).toEqual([]);
    expect(compareRequested(lock, { suite: 'bookworm', packages: ['gcc', 'zstd'] })).toEqual([
      "Debian's bookworm is asked for since",
      'zstd is asked for since',
      'make is not asked for any more',
    ]);
  });
});

describe('findMirror', () => {
  const SOURCES = `Types: deb
# URIs: http://old.example/debian
URIs: http://mirror.example/pub/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

  it('reads deb822 stanzas, and leaves security, sources and switched-off ones out', async () => {
    const found = { uri: 'http://mirror.example/pub/debian', signedBy: '/usr/share/keyrings/k.gpg' };
    const [first = '', security = ''] = SOURCES.split('\n\n');
    const folded = first.replace('URIs: ', 'URIs:\n ');
    for (const text of [SOURCES, `${security}\n${first}`, folded]) {
      await using apt = await folderWith({ 'sources.list.d/debian.sources': text });
      expect(await findMirror(undefined, apt.path)).toEqual(found);
    }
    for (const [from, to] of [
      ['Types: deb', 'Enabled: no\nTypes: deb'],
      ['Types: deb', 'Enabled: False\nTypes: deb'],
      ['Types: deb', 'Types: deb-src'],
      ['URIs: http://mirror.example', 'URIs: cdrom://mirror.example'],
    ] as const) {
      const text = SOURCES.replaceAll(from, to);
      await using apt = await folderWith({ 'sources.list.d/debian.sources': text });
      await expect(findMirror(undefined, apt.path), to).rejects.toMatchObject({ code: 'MIRROR_UNKNOWN' });
    }
  });

  it('reads one-line entries with options, and lists of mirrors', async () => {
    await using apt = await folderWith({ mirrors: 'http://b.example/debian/ priority:1\n' });
    const text = `# deb http://a.example/debian trixie main
deb-src http://c.example/debian trixie main
deb http://node.example/node nodistro main
deb [arch=amd64 signed-by=/k.gpg] mirror+file:${apt.path}/mirrors trixie main contrib # why\n`;
    await writeFile(join(apt.path, 'sources.list'), text);
    const found = { uri: 'http://b.example/debian/', signedBy: '/k.gpg' };
    expect(await findMirror(undefined, apt.path)).toEqual(found);
  });

  it('prefers what it is given, then sources.list, then its folder', async () => {
    await using apt = await folderWith({ 'sources.list.d/debian.sources': SOURCES });
    expect((await findMirror('http://given.example/debian', apt.path)).uri).toBe(
      'http://given.example/debian',
    );
    expect((await findMirror(undefined, apt.path)).uri).toBe('http://mirror.example/pub/debian');
    await writeFile(join(apt.path, 'sources.list'), 'deb http://list.example/debian stable main\n');
    expect((await findMirror('', apt.path)).uri).toBe('http://list.example/debian');
  });

  it('says that there is none', async () => {
    await using apt = await folderWith({});
    await expect(findMirror(undefined, apt.path)).rejects.toMatchObject({ code: 'MIRROR_UNKNOWN' });
  });
});

describe('joinPackageFacts', () => {
  const known = `Package: gcc\nVersion: 4:14.2.0-1\nArchitecture: amd64\nSHA256: ${SHA}\n\nPackage: gcc\nVersion: 4:14.2.0-1\nArchitecture: arm64\nSHA256: ${'b'.repeat(64)}\n\n`;

  it('takes the digest of the version and architecture that is installed', () => {
    expect(joinPackageFacts('gcc\t4:14.2.0-1\tamd64\n', known)).toEqual([gcc]);
  });

  it('does not go on without a digest', () => {
    expect(() => joinPackageFacts('gcc\t5\tamd64\n', known)).toThrow(/no SHA-256 of gcc 5/);
  });
});
