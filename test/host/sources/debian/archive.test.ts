import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Processes, Store } from '../../../../toolkit/domain/ports.ts';
import { createHttpClient, type HttpClient } from '../../../../toolkit/host/http/client.ts';
import {
  type ArchiveDeps,
  createSourceArchive,
  type SourceArchive,
} from '../../../../toolkit/host/sources/debian/archive.ts';
import {
  type LoopbackServer,
  never,
  plainStore,
  processLocks,
  quickSettings,
  type RecordedEvents,
  recordEvents,
  serve,
  serveFiles,
  sha256Of,
  type TempFolder,
  tempFolder,
} from '../../http/fakes.ts';

const MINUTE = 60_000;
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

function stanza(name: string, version: string, sha256: string): string {
  return `Package: ${name}
Binary: ${name}
Version: ${version}
Build-Depends: gcc,
 make
Files:
 0123456789abcdef0123456789abcdef 10 ${name}_${version}.orig.tar.xz
Checksums-Sha256:
 ${'0'.repeat(64)} 20 ${name}_${version}.dsc
 ${sha256} 10 ${name}_${version}.orig.tar.xz
 ${sha256} 10 ../../../etc/passwd
Directory: pool/main/${name[0]}/${name}

`;
}

function suite(name: string, sources: string, origin = 'Debian', ending = 'gz'): Record<string, Uint8Array> {
  const index = ending === 'gz' ? gzipSync(sources) : Buffer.from(sources);
  const listed = ` ${sha256Of(index)} ${index.length} main/source/Sources.${ending}`;
  const release = `Origin: ${origin}\nSuite: ${name}\nMD5Sum:\n 00 1 main/source/Sources.gz\nSHA256:\n${listed}\n`;
  return {
    [`/debian/dists/${name}/Release`]: Buffer.from(release),
    [`/debian/dists/${name}/main/source/Sources.${ending}`]: index,
  };
}

describe('createSourceArchive', () => {
  let folder: TempFolder;
  let store: Store;
  let http: HttpClient;
  let events: RecordedEvents;
  let files: Record<string, Uint8Array>;
  let server: LoopbackServer;
  let now: number;

  beforeEach(async () => {
    folder = await tempFolder();
    store = await plainStore(join(folder.path, 'store'));
    http = await createHttpClient(quickSettings({ attempts: 2 }), processLocks());
    events = recordEvents();
    files = { ...suite('one', stanza('bash', '5.2', A)), ...suite('two', stanza('bash', '5.1', B)) };
    server = await serve((request, response) => serveFiles(files)(request, response));
    now = 10 ** 12;
  });
  afterEach(async () => {
    await http[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** `xz` that hands its file through, line by line. */
  const processes: Processes = {
    async run({ argv, onLine }) {
      const { readFile } = await import('node:fs/promises');
      for (const line of (await readFile(argv.at(-1)!, 'utf8')).split('\n')) onLine?.(line);
      return { exitCode: argv[0] === 'xz' ? 0 : 1, stdout: '', stderr: '', durationMs: 1 };
    },
    cpuMs: () => 0,
  };
  /** An archive as a new run has it. */
  const archive = (names = ['one', 'two'], changes: Partial<ArchiveDeps> = {}): SourceArchive =>
    createSourceArchive(
      names.map((name) => ({ archive: `${server.url}/debian`, suite: name })),
      {
        store,
        http,
        processes,
        events,
        locks: processLocks(),
        clock: { now: () => now },
        folder: join(folder.path, 'indexes'),
        ...changes,
      },
    );

  it('finds bytes by their hash, with the place, size, package and version', async () => {
    expect(await archive().find(A, never)).toEqual([
      {
        url: `${server.url}/debian/pool/main/b/bash/bash_5.2.orig.tar.xz`,
        path: 'pool/main/b/bash/bash_5.2.orig.tar.xz',
        size: 10,
        package: 'bash',
        version: '5.2',
        suite: 'one',
      },
    ]);
  });

  it('leaves out what lies outside of the archive', async () => {
    files = suite('one', stanza('bash', '5.2', A).replace('pool/main', 'pool/../../main'));
    expect(await archive(['one']).find(A, never)).toEqual([]);
  });

  it('fetches an index once, also for many questions at once and for later runs', async () => {
    const first = archive();
    await Promise.all([first.find(A, never), first.find(B, never), first.find('c'.repeat(64), never)]);
    now += 30 * MINUTE;
    await archive().find(A, never);
    await archive().find('c'.repeat(64), never);
    expect(server.requests.filter((line) => line.endsWith('Sources.gz'))).toHaveLength(2);
    expect(server.requests.filter((line) => line.endsWith('Release'))).toHaveLength(2);
  });

  it('asks again when a hash is not in indexes older than an hour, and takes up new ones', async () => {
    await archive().find(A, never);
    const C = 'c'.repeat(64);
    Object.assign(files, suite('two', stanza('bash', '5.3', C)));
    now += 61 * MINUTE;
    const later = archive();
    expect(await later.find(A, never)).toHaveLength(1);
    expect(await Promise.all([later.find(C, never), later.find(C, never)])).toMatchObject([
      [{ version: '5.3' }],
      [{ version: '5.3' }],
    ]);
    const names = await readdir(join(folder.path, 'indexes'));
    expect(names.filter((name) => name.endsWith('.sqlite'))).toHaveLength(2);
  });

  it('looks at Release after a day, and fetches no index that has not changed', async () => {
    await archive().find(A, never);
    now += 25 * 60 * MINUTE;
    server.requests.length = 0;
    await archive().find(A, never);
    expect(server.requests).toEqual(['GET /debian/dists/one/Release', 'GET /debian/dists/two/Release']);
  });

  it('goes on with old indexes when the mirror is gone, and says so', async () => {
    await archive().find(A, never);
    now += 25 * 60 * MINUTE;
    await server[Symbol.asyncDispose]();
    const offline = archive();
    expect(await offline.find(A, never)).toHaveLength(1);
    expect(events.notices()).toEqual([expect.stringMatching(/could not be brought up to date/)]);
    expect(offline.describe()).toContain('old index');
  });

  it('names suites that the mirror does not have', async () => {
    const searched = archive(['one', 'nosuch']);
    expect(await searched.find(B, never)).toEqual([]);
    expect(searched.describe()).toMatch(/one, nosuch \(.*nosuch\/Release: HTTP status 404\)/);
  });

  it("does not take another distribution's index for Debian's", async () => {
    files = suite('one', stanza('bash', '5.2', A), 'Else');
    const searched = archive(['one']);
    expect(await searched.find(A, never)).toEqual([]);
    expect(searched.describe()).toContain("Origin is 'Else'");
  });

  it('reads an index that is there as xz only', async () => {
    files = suite('one', stanza('bash', '5.2', A), 'Debian', 'xz');
    expect(await archive(['one']).find(A, never)).toHaveLength(1);
  });

  it('leaves no half index behind when the stream is damaged', async () => {
    const damaged = suite('one', stanza('bash', '5.2', A));
    const key = '/debian/dists/one/main/source/Sources.gz';
    const cut = damaged[key]!.subarray(0, 100);
    const release = `Origin: Debian\nSHA256:\n ${sha256Of(cut)} ${cut.length} main/source/Sources.gz\n`;
    files = { [key]: cut, '/debian/dists/one/Release': Buffer.from(release) };
    const searched = archive(['one']);
    expect(await searched.find(A, never)).toEqual([]);
    expect(searched.describe()).toMatch(/Sources\.gz cannot be unpacked/);
    expect(await readdir(join(folder.path, 'indexes'))).toEqual([]);
  });
});
