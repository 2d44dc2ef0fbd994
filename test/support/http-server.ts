import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

/** A web server on loopback. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** How many connections came. */
  connections(): number;
}

/** Answers every request by `answer`. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, requests },
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves a folder as any web server would. `change` may alter the bytes of a path. */
export async function serveFolder(
  folder: string,
  change: (path: string, bytes: Buffer) => Buffer = (_path, bytes) => bytes,
): Promise<TestServer> {
  return await serve((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    sendFile(join(folder, path), (bytes) => change(path, bytes), response).catch(() => {
      response.writeHead(404).end();
    });
  });
}

async function sendFile(
  file: string,
  change: (bytes: Buffer) => Buffer,
  response: ServerResponse,
): Promise<void> {
  if (!(await stat(file)).isFile()) throw new Error('no file');
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file)) chunks.push(chunk as Buffer);
  const bytes = change(Buffer.concat(chunks));
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
}
