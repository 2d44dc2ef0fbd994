import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSignatures } from '../../../toolkit/config/signatures.ts';
import type { Store } from '../../../toolkit/domain/ports.ts';
import { NO_SIGNATURES, type SourceRequest, type SourceSignatures } from '../../../toolkit/domain/sources.ts';
import type { SpecSource } from '../../../toolkit/domain/spec.ts';
import { createHttpClient, type HttpClient } from '../../../toolkit/host/http/client.ts';
import type { ArchiveCandidate, SourceArchive } from '../../../toolkit/host/sources/debian/archive.ts';
import { fetchSources } from '../../../toolkit/host/sources/fetch.ts';
import type { SourceDeps } from '../../../toolkit/host/sources/wanted.ts';
import {
  never,
  plainDigests,
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
} from '../http/fakes.ts';

describe('fetchSources', () => {
  let folder: TempFolder;
  let store: Store;
  let http: HttpClient;
  let events: RecordedEvents;
  let specPath: string;

  beforeEach(async () => {
    folder = await tempFolder();
    store = await plainStore(join(folder.path, 'store'));
    http = await createHttpClient(quickSettings({ attempts: 2 }), processLocks());
    events = recordEvents();
    await mkdir(join(folder.path, 'specs/zlib'), { recursive: true });
    specPath = join(folder.path, 'specs/zlib/zlib.spec');
  });
  afterEach(async () => {
    await http[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const beside = (name: string, text: string) => writeFile(join(folder.path, 'specs/zlib', name), text);
  const source = (url: string): SpecSource => ({ url, file: url.slice(url.lastIndexOf('/') + 1) });
  const signed = (names: Readonly<Record<string, string>>): SourceSignatures => ({
    ...NO_SIGNATURES,
    signatures: new Map(Object.entries(names)),
  });
  const request = (changes: Partial<SourceRequest>): SourceRequest => ({
    specPath,
    sources: [],
    patches: [],
    signatures: NO_SIGNATURES,
    mode: 'enforce',
    ...changes,
  });
  const deps = (changes: Partial<SourceDeps> = {}): SourceDeps => ({
    store,
    digests: plainDigests(),
    http,
    events,
    sourceUrls: [],
    archive: undefined,
    ...changes,
  });
  const archiveOf = (candidates: readonly ArchiveCandidate[], later = candidates): SourceArchive => ({
    find: async () => candidates,
    findAgain: async () => later,
    describe: () => 'searched: one',
  });
  const inArchive = (url: string, size: number): ArchiveCandidate => ({
    url,
    size,
    suite: 'one',
    path: 'pool/x',
    package: 'x',
    version: '1',
  });

  it('takes the file beside the spec before all else', async () => {
    await beside('a.tar', 'right');
    await using server = await serve(serveFiles({ '/a.tar': 'right' }));
    const fetched = await fetchSources(
      request({
        sources: [source(`${server.url}/a.tar`)],
        signatures: signed({ 'a.tar': sha256Of('right') }),
      }),
      deps({ sourceUrls: [server.url] }),
      never,
    );
    expect(fetched).toMatchObject([{ file: 'a.tar', provider: 'spec folder', digest: { size: 5 } }]);
    expect(await readFile(fetched[0]!.path, 'utf8')).toBe('right');
    expect(server.requests).toEqual([]);
  });

  it('fetches anew what was damaged in the store', async () => {
    const { sha256 } = await store.putStream(Readable.from([Buffer.from('right')]), undefined, never);
    await writeFile((await store.find(sha256))!, 'wrong');
    await using server = await serve(serveFiles({ '/a.tar': 'right' }));
    const sources = [source(`${server.url}/a.tar`)];
    const fetched = await fetchSources(
      request({ sources, signatures: signed({ 'a.tar': sha256 }) }),
      deps(),
      never,
    );
    expect(await readFile(fetched[0]!.path, 'utf8')).toBe('right');
  });

  it('tells how far a download is', async () => {
    await using server = await serve(serveFiles({ '/a.tar': 'right' }));
    const told: unknown[] = [];
    await fetchSources(
      request({
        sources: [source(`${server.url}/a.tar`)],
        signatures: signed({ 'a.tar': sha256Of('right') }),
      }),
      deps({ onProgress: (...args) => void told.push(args) }),
      never,
    );
    expect(told).toEqual([['a.tar', 5, 5]]);
  });

  it('stops with the reason that it is given', async () => {
    await using server = await serve(() => undefined);
    const stop = new AbortController();
    const fetching = fetchSources(
      request({
        sources: [source(`${server.url}/a.tar`)],
        signatures: signed({ 'a.tar': sha256Of('right') }),
      }),
      deps(),
      stop.signal,
    );
    setTimeout(() => stop.abort(new Error('told to stop')), 50);
    await expect(fetching).rejects.toThrow('told to stop');
  });

  it('refuses a file beside the spec that is not the one listed, though a server has the right one', async () => {
    await beside('a.tar', 'wrong');
    await using server = await serve(serveFiles({ '/a.tar': 'right' }));
    const fetching = fetchSources(
      request({ sources: [source('a.tar')], signatures: signed({ 'a.tar': sha256Of('right') }) }),
      deps({ sourceUrls: [server.url] }),
      never,
    );
    await expect(fetching).rejects.toMatchObject({
      code: 'SOURCE_MISMATCH',
      message: expect.stringMatching(
        new RegExp(`a.tar.*${sha256Of('wrong')}.*zlib.signatures.json.*${sha256Of('right')}`),
      ),
    });
  });

  it('asks the store, then each server, then the URL, then alternatives, then the archive', async () => {
    const right = sha256Of('right');
    const other = sha256Of('other');
    await using server = await serve(serveFiles({ '/two/b.orig.tar': 'wrong', '/pool/ok': 'other' }));
    const signatures: SourceSignatures = {
      signatures: new Map([['a.tar', right]]),
      alternatives: new Map([['a.tar', [{ file: 'b.orig.tar', url: `${server.url}/alt`, sha256: other }]]]),
    };
    const fetched = await fetchSources(
      request({ sources: [source(`${server.url}/own/a.tar`)], signatures }),
      deps({
        sourceUrls: [`${server.url}/one/`, `${server.url}/two`],
        archive: archiveOf([inArchive(`${server.url}/pool/gone`, 5), inArchive(`${server.url}/pool/ok`, 5)]),
      }),
      never,
    );
    expect(server.requests).toEqual([
      'GET /one/a.tar',
      'GET /one/b.orig.tar',
      'GET /two/a.tar',
      'GET /two/b.orig.tar',
      'GET /own/a.tar',
      'GET /alt',
      'GET /pool/gone',
      'GET /pool/ok',
      'GET /pool/gone',
      'GET /pool/ok',
    ]);
    expect(fetched).toMatchObject([
      { file: 'a.tar', digest: { sha256: other }, provider: 'Debian archive (one, x 1)' },
    ]);
    server.requests.length = 0;
    const again = await fetchSources(request({ sources: [source('a.tar')], signatures }), deps(), never);
    expect(again).toMatchObject([{ provider: 'store', digest: { sha256: other } }]);
  });

  it('says what every provider answered when nobody has the source', async () => {
    await using server = await serve(serveFiles({ '/own/a.tar': 'wrong' }));
    const fetching = fetchSources(
      request({
        sources: [source(`${server.url.replace('//', '//me:secret@')}/own/a.tar`)],
        signatures: signed({ 'a.tar': sha256Of('right') }),
      }),
      deps({ sourceUrls: [`${server.url}/one`], archive: archiveOf([]) }),
      never,
    );
    const error = await fetching.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', errorClass: 'build' });
    const lines = String(error).split('\n');
    expect(lines.slice(1)).toEqual([
      '  spec folder: not there',
      '  store: not there',
      `  ${server.url}/one/a.tar: HTTP status 404`,
      expect.stringMatching(
        new RegExp(`/own/a.tar: SHA-256 is ${sha256Of('wrong')}, expected ${sha256Of('right')}`),
      ),
      expect.stringMatching(/^ {2}Debian archive: no index lists [0-9a-f]{64} \(searched: one\)$/),
    ]);
    expect(String(error)).not.toContain('secret');
  });

  it('looks into newer indexes when what the archive listed is gone', async () => {
    await using server = await serve(serveFiles({ '/pool/new': 'right' }));
    const fetched = await fetchSources(
      request({ sources: [source('a.tar')], signatures: signed({ 'a.tar': sha256Of('right') }) }),
      deps({
        archive: archiveOf(
          [inArchive(`${server.url}/pool/old`, 5)],
          [inArchive(`${server.url}/pool/new`, 5)],
        ),
      }),
      never,
    );
    expect(fetched).toHaveLength(1);
    expect(server.requests).toEqual(['GET /pool/old', 'GET /pool/new']);
  });

  it('names a source that is not listed, and the nearest name that is', async () => {
    await beside('a-1.2.tar', 'right');
    const fetching = fetchSources(
      request({ sources: [source('a-1.2.tar')], signatures: signed({ 'a-1.1.tar': sha256Of('right') }) }),
      deps(),
      never,
    );
    await expect(fetching).rejects.toMatchObject({
      code: 'SIGNATURE_MISSING',
      message: expect.stringMatching(/a-1\.2\.tar is not listed in zlib\.signatures\.json.*a-1\.1\.tar/),
    });
  });

  it('tells of every source that is missing at once', async () => {
    const signatures = signed({ 'a.tar': sha256Of('a'), 'b.tar': sha256Of('b') });
    const fetching = fetchSources(
      request({ sources: [source('a.tar'), source('b.tar')], signatures }),
      deps(),
      never,
    );
    await expect(fetching).rejects.toThrow(/source a\.tar[\s\S]*source b\.tar/);
  });

  it.each(['..', '../../etc/passwd', 'x/../../y', ''])("refuses the file name '%s'", async (file) => {
    const fetching = fetchSources(
      request({ sources: [{ url: `https://example.org/${file}`, file }], mode: 'skip' }),
      deps(),
      never,
    );
    await expect(fetching).rejects.toMatchObject({ code: 'SOURCE_NAME_INVALID' });
  });

  it('uses anything under skip, and says so', async () => {
    await beside('a.tar', 'changed');
    await using server = await serve(serveFiles({ '/b.tar': 'b' }));
    const fetched = await fetchSources(
      request({
        mode: 'skip',
        sources: [source('a.tar'), source(`${server.url}/b.tar`)],
        signatures: signed({ 'a.tar': sha256Of('right') }),
      }),
      deps(),
      never,
    );
    expect(fetched.map(({ digest }) => digest.sha256)).toEqual([sha256Of('changed'), sha256Of('b')]);
    expect(events.notices()).toHaveLength(2);
    expect(events.notices().join('\n')).toMatch(
      /a\.tar .*unchecked.*listed with[\s\S]*b\.tar .*is not listed/,
    );
  });

  it('writes what it saw under update, sorted, and keeps what it did not see', async () => {
    await beside('z.tar', 'z');
    await beside('fix.patch', 'patch');
    await using server = await serve(serveFiles({ '/a.tar': 'a' }));
    const signatures = signed({ 'other-arch.tar': sha256Of('o'), 'z.tar': sha256Of('old z') });
    const update = request({
      mode: 'update',
      sources: [source('z.tar'), source(`${server.url}/a.tar`)],
      patches: [source('fix.patch')],
      signatures,
    });
    await fetchSources(update, deps(), never);
    const text = await readFile(join(folder.path, 'specs/zlib/zlib.signatures.json'), 'utf8');
    expect([...parseSignatures(text, 'f').signatures]).toEqual([
      ['a.tar', sha256Of('a')],
      ['other-arch.tar', sha256Of('o')],
      ['z.tar', sha256Of('z')],
    ]);
    expect((await readdir(join(folder.path, 'specs/zlib'))).sort()).toEqual([
      'fix.patch',
      'z.tar',
      'zlib.signatures.json',
    ]);
  });

  it('takes patches from the folder of the spec only', async () => {
    await using server = await serve(serveFiles({ '/fix.patch': 'patch' }));
    const fetching = fetchSources(
      request({ patches: [source(`${server.url}/fix.patch`)] }),
      deps({ sourceUrls: [server.url] }),
      never,
    );
    await expect(fetching).rejects.toMatchObject({ code: 'PATCH_NOT_FOUND' });
    expect(server.requests).toEqual([]);
  });

  it('checks a patch that is listed, and only talks of one that is not', async () => {
    await beside('one.patch', 'one');
    await beside('two.patch', 'two');
    const patches = [source('one.patch'), source('two.patch')];
    const fetched = await fetchSources(
      request({ patches, signatures: signed({ 'one.patch': sha256Of('one') }) }),
      deps(),
      never,
    );
    expect(fetched.map(({ file }) => file)).toEqual(['one.patch', 'two.patch']);
    expect(events.notices()).toEqual([expect.stringMatching(/not checked.*: two\.patch$/)]);
    const wrong = request({ patches, signatures: signed({ 'one.patch': sha256Of('x') }) });
    await expect(fetchSources(wrong, deps(), never)).rejects.toMatchObject({ code: 'SOURCE_MISMATCH' });
  });
});
