import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { redactSecrets } from '../../domain/redact.ts';
import { TryFailure } from './failure.ts';
import { isTransientStatus, parseRetryAfter } from './retry.ts';

/** What of a file is asked for. */
export interface RangeRequest {
  readonly url: string;
  /** First byte wanted; 0 asks for the whole file. */
  readonly from: number;
  /** `ETag` or `Last-Modified` of the bytes before `from`: when it no longer fits, the whole file comes. */
  readonly validator: string | undefined;
  /** Whether a redirect from https to http is followed: only where a hash is known. */
  readonly allowDowngrade: boolean;
  readonly redirects: number;
}

/** A response with the bytes to come. */
export interface RangeResponse {
  readonly body: Readable;
  /** Offset of the first byte of `body` in the file. */
  readonly offset: number;
  /** Size of the whole file in bytes, where the server says so. */
  readonly total: number | undefined;
  readonly validator: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** The file ends before the byte asked for. */
export class RangeNotSatisfiable extends TryFailure {}

/** Sends a GET and follows redirects. Throws `TryFailure` for every answer that brings no bytes. */
export async function openRange(
  wanted: RangeRequest,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<RangeResponse> {
  const { request } = await import('undici');
  let url = new URL(wanted.url);
  const authorization = { origin: url.origin, value: basicAuthorization(url) };
  for (let hops = 0; hops <= wanted.redirects; hops += 1) {
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'distrokit' };
    if (wanted.from > 0) headers.range = `bytes=${wanted.from}-`;
    if (wanted.from > 0 && wanted.validator !== undefined) headers['if-range'] = wanted.validator;
    if (authorization.value !== undefined && url.origin === authorization.origin) {
      headers.authorization = authorization.value;
    }
    const target = new URL(url);
    target.username = '';
    target.password = '';
    const response = await request(target, { method: 'GET', headers, dispatcher, signal });
    const { statusCode, body } = response;
    if (statusCode === 200 || statusCode === 206) return toRange(response, wanted.from);
    await body.dump({ limit: 65_536, signal }).catch(() => undefined);
    const location = single(response.headers.location);
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) {
      throw statusFailure(statusCode, response.headers, wanted.from);
    }
    url = nextUrl(url, location, wanted.allowDowngrade);
  }
  throw new TryFailure(
    'final',
    'HTTP_REDIRECTS',
    `more than ${wanted.redirects} redirects, last to ${redactSecrets(url.href)}`,
  );
}

function toRange(response: Dispatcher.ResponseData, from: number): RangeResponse {
  const { headers, statusCode, body } = response;
  const etag = single(headers.etag);
  const lastModified = single(headers['last-modified']);
  // A weak ETag does not promise the same bytes. Source: RFC 9110, 13.1.5.
  const validator = etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
  const common = { body, validator, etag, lastModified };
  if (statusCode === 200) {
    const length = single(headers['content-length']);
    return { ...common, offset: 0, total: length === undefined ? undefined : Number(length) };
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(single(headers['content-range']) ?? '');
  if (range === null || Number(range[1]) !== from) {
    body.destroy();
    throw new TryFailure('final', 'HTTP_RANGE', 'the server answered with another range than asked for');
  }
  return { ...common, offset: from, total: range[3] === '*' ? undefined : Number(range[3]) };
}

function statusFailure(
  status: number,
  headers: Dispatcher.ResponseData['headers'],
  from: number,
): TryFailure {
  const text = `HTTP status ${status}`;
  if (status === 416 && from > 0) return new RangeNotSatisfiable('interrupted', 'HTTP_RANGE', text);
  if (isTransientStatus(status)) {
    const retryAfterMs = parseRetryAfter(single(headers['retry-after']), Date.now());
    return new TryFailure('status', 'HTTP_STATUS', text, { retryAfterMs });
  }
  return new TryFailure('final', status === 404 || status === 410 ? 'HTTP_NOT_FOUND' : 'HTTP_STATUS', text);
}

function nextUrl(from: URL, location: string, allowDowngrade: boolean): URL {
  if (!URL.canParse(location, from.href)) {
    throw new TryFailure('final', 'HTTP_REDIRECTS', 'redirected to something that is no URL');
  }
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TryFailure('final', 'HTTP_REDIRECTS', `redirected to ${url.protocol}, which is not followed`);
  }
  if (from.protocol === 'https:' && url.protocol === 'http:' && !allowDowngrade) {
    throw new TryFailure(
      'final',
      'HTTP_REDIRECTS',
      'redirected from https to http, and no hash is known to check',
    );
  }
  return url;
}

function basicAuthorization(url: URL): string | undefined {
  if (url.username === '') return undefined;
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
