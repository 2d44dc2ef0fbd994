import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { usageError } from '../../domain/errors.ts';
import type { HttpSettings } from './settings.ts';

/** Connections that are made when something is first fetched: most runs fetch nothing, and loading undici takes time. */
export interface Connections {
  dispatcher(): Promise<Dispatcher>;
  close(): Promise<void>;
}

/** Connections as the settings want them. Throws `HTTP_CERTIFICATE` when a PEM file cannot be read. */
export async function createConnections(settings: HttpSettings): Promise<Connections> {
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
  let opened: Promise<Dispatcher> | undefined;
  return {
    async dispatcher() {
      opened ??= openDispatcher(settings, tls);
      return await opened;
    },
    async close() {
      if (opened !== undefined) await (await opened).destroy();
    },
  };
}

interface Certificates {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

async function openDispatcher(settings: HttpSettings, tls: Certificates): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
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
