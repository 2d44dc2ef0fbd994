import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildError } from '../../../toolkit/domain/errors.ts';
import type { ToolkitEvent } from '../../../toolkit/domain/events.ts';
import type { FileDigests, Locks, Store } from '../../../toolkit/domain/ports.ts';
import { DEFAULT_HTTP_SETTINGS, type HttpSettings } from '../../../toolkit/host/http/settings.ts';

export const never = new AbortController().signal;

export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Default settings with pauses that a test can wait for. */
export function quickSettings(changes: Partial<HttpSettings> = {}): HttpSettings {
  return {
    ...DEFAULT_HTTP_SETTINGS,
    pauseMs: 2,
    longestPauseMs: 5,
    connectTimeoutMs: 2000,
    headersTimeoutMs: 2000,
    bodyIdleTimeoutMs: 2000,
    ...changes,
  };
}

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

export async function tempFolder(): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), 'distrokit-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A store in one folder, without locks and without an order of use. */
export async function plainStore(root: string): Promise<Store> {
  const tmp = join(root, 'tmp');
  const place = (sha256: string) => join(root, 'files', sha256);
  await mkdir(tmp, { recursive: true });
  await mkdir(join(root, 'files'), { recursive: true });
  const put = async (bytes: Uint8Array) => {
    const sha256 = sha256Of(bytes);
    const temporary = `${place(sha256)}.${randomUUID()}`;
    await writeFile(temporary, bytes);
    await rename(temporary, place(sha256));
    return { sha256, size: bytes.length };
  };
  return {
    root,
    tmp,
    async find(sha256) {
      const there = await readFile(place(sha256)).catch(() => undefined);
      return there === undefined ? undefined : place(sha256);
    },
    putFile: async (path) => put(await readFile(path)),
    takeFile: async (path) => put(await readFile(path)),
    async putStream(bytes, expected) {
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(part);
      const whole = Buffer.concat(parts);
      if (expected !== undefined && sha256Of(whole) !== expected) {
        throw buildError('STORE_MISMATCH', `SHA-256 is ${sha256Of(whole)}, expected ${expected}`);
      }
      return await put(whole);
    },
    async checkout(sha256, path) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await readFile(place(sha256)));
    },
    action: async () => undefined,
    saveAction: async () => undefined,
  };
}

/** Locks within this process. */
export function processLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  return {
    async acquire(name) {
      const before = tails.get(name) ?? Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      tails.set(
        name,
        before.then(() => promise),
      );
      await before;
      return { [Symbol.asyncDispose]: async () => resolve() };
    },
  };
}

/** Digests that remember nothing. */
export function plainDigests(): FileDigests {
  return {
    async digest(path) {
      const bytes = await readFile(path);
      return { sha256: sha256Of(bytes), size: bytes.length };
    },
    known: () => undefined,
    save: async () => undefined,
  };
}

export interface RecordedEvents {
  readonly events: ToolkitEvent[];
  emit(event: ToolkitEvent): void;
  notices(): string[];
}

export function recordEvents(): RecordedEvents {
  const events: ToolkitEvent[] = [];
  return {
    events,
    emit: (event) => void events.push(event),
    notices: () => events.flatMap((event) => (event.type === 'notice.given' ? [event.message] : [])),
  };
}

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  /** `METHOD path` of each request, with its Range where it has one. */
  readonly requests: string[];
}

/** A real HTTP server on loopback. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LoopbackServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range === undefined ? '' : ` ${request.headers.range}`;
    requests.push(`${request.method} ${request.url}${range}`);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Answers with files by path, and 404 for all else; understands `Range: bytes=N-`. */
export function serveFiles(files: Readonly<Record<string, string | Uint8Array>>) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const found = files[decodeURIComponent(request.url ?? '')];
    if (found === undefined) {
      response.writeHead(404).end('not here');
      return;
    }
    const bytes = Buffer.from(found);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= bytes.length && from > 0) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': bytes.length - from,
      ...(from > 0 ? range : {}),
    });
    response.end(bytes.subarray(from));
  };
}
