import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../toolkit/host/http/client.ts';
import { fetchPackage } from '../../../toolkit/host/package-servers/fetch-package.ts';
import { openPackageServer } from '../../../toolkit/host/package-servers/open.ts';
import {
  definePackageServers,
  type PackageServerDefinition,
  type PackageServerDeps,
} from '../../../toolkit/host/package-servers/server.ts';
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

const PRIMARY = '<metadata packages="0"/>';
const PACKAGE = 'bytes of a package';

function entry(type: string, href: string, content: string): string {
  return `<data type="${type}">
    <checksum type="sha256">${sha256Of(content)}</checksum>
    <open-checksum type="sha256">${sha256Of(content)}</open-checksum>
    <location href="${href}"/><timestamp>1</timestamp><size>${content.length}</size>
  </data>`;
}

function repository(
  primary = PRIMARY,
  entries = entry('primary', 'repodata/p.xml', primary),
): Record<string, string> {
  const filelists = entry('filelists', 'repodata/f.xml', 'lists');
  const repomd = `<?xml version="1.0"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">${entries}${filelists}${entry('other', 'repodata/o.xml', 'not fetched')}</repomd>`;
  return {
    '/repodata/repomd.xml': repomd,
    '/repodata/p.xml': primary,
    '/repodata/f.xml': 'lists',
    '/Packages/a-1~b+c^d.rpm': PACKAGE,
  };
}

describe('package servers', () => {
  let folder: TempFolder;
  let http: HttpClient;
  let events: RecordedEvents;
  let deps: PackageServerDeps;

  beforeEach(async () => {
    folder = await tempFolder();
    http = await createHttpClient(quickSettings({ attempts: 2, unreachableMs: 0 }), processLocks());
    events = recordEvents();
    const store = await plainStore(join(folder.path, 'store'));
    deps = { http, store, digests: plainDigests(), events, folder: join(folder.path, 'servers') };
  });
  afterEach(async () => {
    await http[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const definition = (...baseUrls: string[]): PackageServerDefinition => ({
    id: 'base',
    baseUrls,
    priority: 99,
  });
  const listed = { location: 'Packages/a-1~b+c^d.rpm', sha256: sha256Of(PACKAGE), size: PACKAGE.length };

  it('lays out repodata as a folder, and fetches a package by its hash', async () => {
    await using web = await serve(serveFiles(repository()));
    const server = await openPackageServer(definition(web.url), deps, never);
    expect((await readdir(join(server.folder, 'repodata'))).sort()).toEqual(['f.xml', 'p.xml', 'repomd.xml']);
    expect(await readFile(join(server.folder, 'repodata/p.xml'), 'utf8')).toBe(PRIMARY);
    const fetched = await fetchPackage(server, listed, deps, never);
    expect(await readFile(fetched.path, 'utf8')).toBe(PACKAGE);
  });

  it('fetches nothing but repomd.xml when nothing has changed', async () => {
    await using web = await serve(serveFiles(repository()));
    const first = await openPackageServer(definition(web.url), deps, never);
    web.requests.length = 0;
    const second = await openPackageServer(definition(web.url), deps, never);
    expect(web.requests).toEqual(['GET /repodata/repomd.xml']);
    expect(second.folder).toBe(first.folder);
  });

  it('notices new metadata, and mends a damaged folder', async () => {
    let files = repository();
    await using web = await serve((request, response) => serveFiles(files)(request, response));
    const first = await openPackageServer(definition(web.url), deps, never);
    await writeFile(join(first.folder, 'repodata/p.xml'), 'damaged');
    await openPackageServer(definition(web.url), deps, never);
    expect(await readFile(join(first.folder, 'repodata/p.xml'), 'utf8')).toBe(PRIMARY);
    files = repository('<metadata packages="1"/>');
    const second = await openPackageServer(definition(web.url), deps, never);
    expect(second.repomd).not.toBe(first.repomd);
  });

  it.each(['a path', 'a file URL'])('reads a local folder by %s', async (kind) => {
    const root = join(folder.path, 'a repo');
    for (const [name, content] of Object.entries(repository())) {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), content);
    }
    const server = await openPackageServer(
      definition(kind === 'a path' ? root : pathToFileURL(root).href),
      deps,
      never,
    );
    expect((await fetchPackage(server, listed, deps, never)).digest.size).toBe(PACKAGE.length);
  });

  it('takes the next URL where one does not answer', async () => {
    await using broken = await serve((_request, response) => void response.writeHead(500).end());
    await using web = await serve(serveFiles(repository()));
    const server = await openPackageServer(definition(broken.url, web.url), deps, never);
    expect((await fetchPackage(server, listed, deps, never)).digest.sha256).toBe(listed.sha256);
  });

  it('goes on with what a server offered the last time when it cannot be reached, and says so', async () => {
    const web = await serve(serveFiles(repository()));
    const online = await openPackageServer(definition(web.url), deps, never);
    await web[Symbol.asyncDispose]();
    const offline = await openPackageServer(definition(web.url), deps, never);
    expect(offline.folder).toBe(online.folder);
    expect(events.notices()).toEqual([expect.stringMatching(/package server base: .*the last time/)]);
  });

  it('names a server that cannot be reached and never was', async () => {
    const web = await serve(serveFiles({}));
    await web[Symbol.asyncDispose]();
    await expect(openPackageServer(definition(web.url), deps, never)).rejects.toMatchObject({
      code: 'PACKAGE_SERVER_UNREACHABLE',
      errorClass: 'host',
      message: expect.stringMatching(/package server base: http:.*repomd\.xml.*ECONNREFUSED/),
    });
  });

  it.each([
    ['no repomd.xml', {}, /repomd\.xml: HTTP status 404/],
    ['a page instead of it', { '/repodata/repomd.xml': '<html></html>' }, /it is <html>, not <repomd>/],
    [
      'half of it',
      { '/repodata/repomd.xml': repository()['/repodata/repomd.xml']!.slice(0, 300) },
      /repomd\.xml/,
    ],
    [
      'primary with other bytes',
      { ...repository(), '/repodata/p.xml': PRIMARY.replace('0', '1') },
      /SHA-256 is/,
    ],
    ['no primary', repository(PRIMARY, ''), /lists no primary/],
    [
      'a path outside',
      repository(PRIMARY, entry('primary', '../../etc/passwd', PRIMARY)),
      /no path inside of a repository/,
    ],
  ])('refuses a server with %s', async (_what, files, message) => {
    await using web = await serve(serveFiles(files));
    await expect(openPackageServer(definition(web.url), deps, never)).rejects.toMatchObject({
      code: 'PACKAGE_SERVER_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('uses no package with other bytes', async () => {
    const files: Record<string, string> = { ...repository(), [`/${listed.location}`]: PACKAGE.toUpperCase() };
    await using web = await serve(serveFiles(files));
    const server = await openPackageServer(definition(web.url), deps, never);
    await expect(fetchPackage(server, listed, deps, never)).rejects.toMatchObject({
      code: 'PACKAGE_NOT_FETCHED',
      message: expect.stringContaining(sha256Of(PACKAGE.toUpperCase())),
    });
  });

  it.each(['../a.rpm', '/etc/passwd', 'a/../../b', 'http://elsewhere.example/a.rpm', ''])(
    "refuses the location '%s'",
    async (location) => {
      const server = { ...definition('http://127.0.0.1:1'), folder: '', repomd: '' };
      await expect(fetchPackage(server, { ...listed, location }, deps, never)).rejects.toMatchObject({
        code: 'PACKAGE_LOCATION_INVALID',
      });
    },
  );
});

describe('definePackageServers', () => {
  it('gives servers of one name names of their own', () => {
    const repo = { id: 'base', name: '', enabled: true, priority: 99, gpgCheck: false, gpgKeys: [] };
    const servers = definePackageServers(
      [],
      [
        { ...repo, baseUrls: ['/a'] },
        { ...repo, baseUrls: ['/b'] },
      ],
    );
    expect(servers.map(({ id, baseUrls }) => [id, baseUrls[0]])).toEqual([
      ['base', '/a'],
      ['base#2', '/b'],
    ]);
  });

  it('puts servers in order of priority, and leaves out disabled ones', () => {
    const repo = { name: '', baseUrls: ['/b'], gpgCheck: false, gpgKeys: [] };
    const servers = definePackageServers(
      ['http://me:secret@one.example/', '/srv/two'],
      [
        { ...repo, id: 'late', enabled: true, priority: 100 },
        { ...repo, id: 'off', enabled: false, priority: 1 },
        { ...repo, id: 'first', enabled: true, priority: 1 },
      ],
    );
    expect(servers.map(({ id }) => id)).toEqual(['first', 'http://***@one.example/', '/srv/two', 'late']);
  });
});
