import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { usageError } from '../../domain/errors.ts';
import type { HttpSettings } from './settings.ts';

/** Connections as the settings want them. Throws `HTTP_CERTIFICATE` when a PEM file cannot be read. */
export async function createDispatcher(settings: HttpSettings): Promise<Dispatcher> {
  const own = settings.caCert === undefined ? undefined : await readPem('CA_CERT', settings.caCert);
  const cert = settings.tlsCert === undefined ? undefined : await readPem('TLS_CERT', settings.tlsCert);
  const key = settings.tlsKey === undefined ? undefined : await readPem('TLS_KEY', settings.tlsKey);
  if ((cert === undefined) !== (key === undefined)) {
    throw usageError('HTTP_CERTIFICATE', 'TLS_CERT and TLS_KEY belong together: only one is set', {
      hint: 'Set both to PEM files, or neither.',
    });
  }
  const tls = {
    // `ca` replaces the trusted roots, so those of the system go in again.
    ...(own === undefined ? {} : { ca: [...getCACertificates('default'), own] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return new EnvHttpProxyAgent({
    // undici looks into the process's environment for what is undefined.
    httpProxy: settings.httpProxy,
    httpsProxy: settings.httpsProxy,
    noProxy: settings.noProxy,
    allowH2: false,
    connections: settings.parallelPerHost,
    connect: { ...tls, timeout: settings.connectTimeoutMs },
    requestTls: tls,
    proxyTls: tls,
    headersTimeout: settings.headersTimeoutMs,
    bodyTimeout: settings.bodyIdleTimeoutMs,
  });
}

async function readPem(variable: string, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw usageError('HTTP_CERTIFICATE', `${variable} cannot be read: ${path}`, { cause });
  });
  if (!text.includes('-----BEGIN ')) {
    throw usageError('HTTP_CERTIFICATE', `${variable} is not a PEM file: ${path}`);
  }
  return text;
}
