import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../toolkit/domain/ports.ts';
import { createHttpClient, type HttpClient, partialFolder } from '../../../toolkit/host/http/client.ts';
import type { HttpSettings } from '../../../toolkit/host/http/settings.ts';
import {
  never,
  plainStore,
  processLocks,
  quickSettings,
  serve,
  serveFiles,
  sha256Of,
  type TempFolder,
  tempFolder,
} from './fakes.ts';

const CONTENT = randomBytes(3_000_000);
const SHA256 = sha256Of(CONTENT);

describe('createHttpClient', () => {
  let folder: TempFolder;
  let store: Store;
  let parts: string;

  const partNames = async () => [...(await readdir(parts)), ...(await readdir(store.tmp))];

  beforeEach(async () => {
    folder = await tempFolder();
    store = await plainStore(join(folder.path, 'store'));
    parts = partialFolder(store);
    await mkdir(parts);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  function client(changes: Partial<HttpSettings> = {}): Promise<HttpClient> {
    return createHttpClient(quickSettings(changes), processLocks());
  }

  it('stores the bytes and leaves nothing in the folder for partial work', async () => {
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    const got = await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(got.digest).toEqual({ sha256: SHA256, size: CONTENT.length });
    expect(CONTENT.equals(await readFile((await store.find(SHA256))!))).toBe(true);
    expect(await partNames()).toEqual([]);
  });

  it('does not ask again for what the store has', async () => {
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    const download = { url: `${server.url}/a.tar`, sha256: SHA256 };
    await Promise.all([http.fetchToStore(download, store, never), http.fetchToStore(download, store, never)]);
    expect(server.requests).toEqual(['GET /a.tar']);
  });

  it('goes on where the connection was cut', async () => {
    let cut = 0;
    await using server = await serve((request, response) => {
      if (cut++ > 1) return serveFiles({ '/a.tar': CONTENT })(request, response);
      const from = Number(/(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const head = { 'content-length': CONTENT.length - from, etag: '"one"' };
      const range = { 'content-range': `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` };
      response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...head, ...range } : head);
      response.write(CONTENT.subarray(from, from + 1_000_000), () =>
        setTimeout(() => response.destroy(), 30),
      );
    });
    await using http = await client();
    await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(server.requests[0]).toBe('GET /a.tar');
    const starts = server.requests.slice(1).map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1]));
    expect(starts).toHaveLength(2);
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0]!);
  });

  it('goes on with what a killed run left', async () => {
    await writeFile(join(parts, `${SHA256}.part`), CONTENT.subarray(0, 2_500_000));
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(server.requests).toEqual(['GET /a.tar bytes=2500000-']);
  });

  it('uses a whole file that a killed run left', async () => {
    await writeFile(join(parts, `${SHA256}.part`), CONTENT);
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(await store.find(SHA256)).toBeDefined();
  });

  it('removes what nobody went on with for a week', async () => {
    await writeFile(join(parts, 'old.part'), 'old');
    await utimes(join(parts, 'old.part'), new Date(), new Date(Date.now() - 8 * 86_400_000));
    await writeFile(join(parts, 'new.part'), 'new');
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(await partNames()).toEqual(['new.part']);
  });

  it('starts over when what was left is of other bytes', async () => {
    await writeFile(join(parts, `${SHA256}.part`), randomBytes(1000));
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(server.requests).toEqual(['GET /a.tar bytes=1000-', 'GET /a.tar']);
  });

  it('never mixes two versions of a file whose hash is not known', async () => {
    let asked = 0;
    await using server = await serve((_request, response) => {
      asked += 1;
      if (asked === 1) {
        response.writeHead(200, { 'content-length': 10, etag: '"old"' });
        response.write('old o', () => setTimeout(() => response.destroy(), 30));
      } else {
        response.writeHead(200, { 'content-length': 10, etag: '"new"' }).end('new new ne');
      }
    });
    await using http = await client();
    const got = await http.fetchToStore({ url: `${server.url}/Release` }, store, never);
    expect(got.digest.sha256).toBe(sha256Of('new new ne'));
    expect(got.etag).toBe('"new"');
    expect(server.requests[1]).toBe('GET /Release bytes=5-');
  });

  it('refuses bytes with another hash, names both, and stores nothing', async () => {
    await using server = await serve(serveFiles({ '/a.tar': 'something else' }));
    await using http = await client();
    const fetched = http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    await expect(fetched).rejects.toMatchObject({
      code: 'HTTP_MISMATCH',
      message: expect.stringMatching(new RegExp(`/a.tar.*${sha256Of('something else')}.*${SHA256}`)),
    });
    expect(server.requests).toHaveLength(1);
    expect(await partNames()).toEqual([]);
    expect(await readdir(join(store.root, 'files'))).toEqual([]);
  });

  it('gives up on a body that always ends early', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('short', () => setTimeout(() => response.destroy(), 10));
    });
    await using http = await client({ attempts: 3 });
    const fetched = http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    await expect(fetched).rejects.toMatchObject({ code: expect.stringMatching(/^HTTP_/) });
    expect(server.requests.length).toBe(3);
  });

  it.each([
    [404, 'HTTP_NOT_FOUND'],
    [410, 'HTTP_NOT_FOUND'],
    [403, 'HTTP_STATUS'],
  ])('takes status %i as an answer', async (status, code) => {
    await using server = await serve((_request, response) => void response.writeHead(status).end('no'));
    await using http = await client();
    const fetched = http.fetchToStore({ url: `${server.url}/a.tar` }, store, never);
    await expect(fetched).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`status ${status}`),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('tries again after 503, and not before Retry-After', async () => {
    const times: number[] = [];
    await using server = await serve((_request, response) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(503, { 'retry-after': '1' }).end();
      else response.end('ok');
    });
    await using http = await client();
    const got = await http.fetchToStore({ url: `${server.url}/a` }, store, never);
    expect(got.digest.size).toBe(2);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
  });

  it('drops a body that stands still, and goes on', async () => {
    let asked = 0;
    await using server = await serve((request, response) => {
      asked += 1;
      if (asked > 1) return serveFiles({ '/a.tar': CONTENT })(request, response);
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 1000));
    });
    await using http = await client({ bodyIdleTimeoutMs: 300 });
    await http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256 }, store, never);
    expect(server.requests).toEqual(['GET /a.tar', 'GET /a.tar bytes=1000-']);
  });

  it('ends a redirect loop', async () => {
    await using server = await serve(
      (_request, response) => void response.writeHead(302, { location: '/again' }).end(),
    );
    await using http = await client({ redirects: 4 });
    const fetched = http.fetchToStore({ url: `${server.url}/a` }, store, never);
    await expect(fetched).rejects.toMatchObject({ code: 'HTTP_REDIRECTS' });
    expect(server.requests).toHaveLength(5);
  });

  it.each(['file:///etc/passwd', 'ftp://example.org/a'])(
    'does not follow a redirect to %s',
    async (location) => {
      await using server = await serve(
        (_request, response) => void response.writeHead(302, { location }).end(),
      );
      await using http = await client();
      const fetched = http.fetchToStore({ url: `${server.url}/a` }, store, never);
      await expect(fetched).rejects.toMatchObject({ code: 'HTTP_REDIRECTS' });
    },
  );

  it('follows a redirect, and keeps the password to the host that it is for', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end('ok');
    });
    await using server = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(307, { location: `${other.url}/b` }).end();
    });
    await using http = await client();
    await http.fetchToStore({ url: `${server.url.replace('//', '//me:secret@')}/a` }, store, never);
    expect(seen).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`, undefined]);
  });

  it('refuses a body that is announced larger than the limit, before it comes', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 10 ** 15 });
      response.write('x');
    });
    await using http = await client();
    const fetched = http.fetchToStore({ url: `${server.url}/a` }, store, never);
    await expect(fetched).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
    expect(server.requests).toHaveLength(1);
  });

  it('stops a body without an announced size at the limit', async () => {
    await using server = await serve((_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(100_000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    await using http = await client();
    const fetched = http.fetchToStore({ url: `${server.url}/a`, maxSize: 1_000_000 }, store, never);
    await expect(fetched).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
    expect(await partNames()).toEqual([]);
  });

  it('refuses a size other than the one listed, before the body comes', async () => {
    await using server = await serve(serveFiles({ '/a.tar': CONTENT }));
    await using http = await client();
    const fetched = http.fetchToStore({ url: `${server.url}/a.tar`, sha256: SHA256, size: 7 }, store, never);
    await expect(fetched).rejects.toMatchObject({ code: 'HTTP_MISMATCH' });
  });

  it('keeps to the limits of parallel transfers, overall and for a host', async () => {
    let running = 0;
    let most = 0;
    await using server = await serve((_request, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end('ok');
      }, 20);
    });
    for (const [changes, limit] of [
      [{ parallel: 8, parallelPerHost: 3 }, 3],
      [{ parallel: 2, parallelPerHost: 8 }, 2],
    ] as const) {
      most = 0;
      await using http = await client(changes);
      const urls = Array.from({ length: 12 }, (_, index) => `${server.url}/${index}`);
      await Promise.all(urls.map((url) => http.fetchToStore({ url }, store, never)));
      expect(most).toBe(limit);
    }
  });

  it('names a host that cannot be reached, and does not wait for it twice', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const address = closed.address();
    await new Promise((done) => closed.close(done));
    if (address === null || typeof address === 'string') throw new Error('no port');
    await using http = await client({ connectAttempts: 2 });
    const url = `http://me:secret@127.0.0.1:${address.port}/a`;
    const first = await http.fetchToStore({ url }, store, never).catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'HTTP_UNREACHABLE', errorClass: 'host' });
    expect(String(first)).toMatch(/127\.0\.0\.1.*ECONNREFUSED.*tried 2 times/);
    expect(String(first)).not.toContain('secret');
    await expect(http.fetchToStore({ url: `${url}/b` }, store, never)).rejects.toThrow(/not tried/);
  });

  it('stops at once when it is told to, and keeps what came', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 1000));
    });
    await using http = await client();
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    const download = { url: `${server.url}/a.tar`, sha256: SHA256, onProgress };
    await expect(http.fetchToStore(download, store, stop.signal)).rejects.toThrow('enough');
    expect(await partNames()).toEqual([`${SHA256}.part`]);
  });

  it('goes through the proxy of its settings, and around it for no_proxy', async () => {
    await using proxy = await serve((_request, response) => void response.end('by proxy'));
    await using server = await serve((_request, response) => void response.end('direct'));
    await using through = await client({ httpProxy: proxy.url });
    const plain = await through.fetchToStore({ url: 'http://upstream.invalid/a' }, store, never);
    expect(plain.digest.sha256).toBe(sha256Of('by proxy'));
    await using around = await client({ httpProxy: proxy.url, noProxy: '127.0.0.1' });
    const direct = await around.fetchToStore({ url: `${server.url}/a` }, store, never);
    expect(direct.digest.sha256).toBe(sha256Of('direct'));
  });

  it('reads file URLs and absolute paths', async () => {
    const path = join(folder.path, 'a file');
    await writeFile(path, 'local');
    await using http = await client();
    for (const url of [path, pathToFileURL(path).href]) {
      const got = await http.fetchToStore({ url, sha256: sha256Of('local') }, store, never);
      expect(got.digest.size).toBe(5);
    }
    await expect(http.fetchToStore({ url: `${path}s` }, store, never)).rejects.toMatchObject({
      code: 'HTTP_NOT_FOUND',
    });
    await expect(http.fetchToStore({ url: path, sha256: SHA256 }, store, never)).rejects.toMatchObject({
      code: 'HTTP_MISMATCH',
    });
  });

  it('says which certificate file cannot be used', async () => {
    await expect(client({ caCert: '/nowhere.pem' })).rejects.toMatchObject({
      code: 'HTTP_CERTIFICATE',
      message: expect.stringContaining('CA_CERT'),
    });
  });
});
