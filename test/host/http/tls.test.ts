import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../../toolkit/host/http/client.ts';
import { readHttpSettings } from '../../../toolkit/host/http/settings.ts';
import { never, plainStore, processLocks, quickSettings, sha256Of, tempFolder } from './fakes.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A certificate for 127.0.0.1 that is its own authority: NAME.pem and NAME.key. */
function makeCertificate(folder: string, name: string): void {
  const options = ['-nodes', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const paths = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...options, ...paths, ...subject], { stdio: 'ignore' });
}

describe('createHttpClient over TLS', () => {
  it.skipIf(!hasOpenssl)('trusts CA_CERT, shows TLS_CERT, and trusts nobody else', async () => {
    await using folder = await tempFolder();
    for (const name of ['server', 'client']) makeCertificate(folder.path, name);
    const file = (name: string) => join(folder.path, name);
    const seen: string[] = [];
    const server = createServer(
      {
        cert: readFileSync(file('server.pem')),
        key: readFileSync(file('server.key')),
        ca: readFileSync(file('client.pem')),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        if (request.socket instanceof TLSSocket)
          seen.push(String(request.socket.getPeerCertificate().subject?.CN));
        response.end('over TLS');
      },
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/a`;
    const store = await plainStore(file('store'));
    const env = { CA_CERT: file('server.pem'), TLS_CERT: file('client.pem'), TLS_KEY: file('client.key') };
    const { caCert, tlsCert, tlsKey } = readHttpSettings(env);
    await using trusting = await createHttpClient(
      quickSettings({ caCert: caCert!, tlsCert: tlsCert!, tlsKey: tlsKey! }),
      processLocks(),
    );
    const got = await trusting.fetchToStore({ url }, store, never);
    expect(got.digest.sha256).toBe(sha256Of('over TLS'));
    expect(seen).toEqual(['client']);
    await using strict = await createHttpClient(quickSettings(), processLocks());
    await expect(strict.fetchToStore({ url }, store, never)).rejects.toThrow(/certificate/);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
});
