import { rm } from 'node:fs/promises';
import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { Connections } from './dispatcher.ts';
import { TryFailure } from './failure.ts';
import type { TransferLimits } from './limits.ts';
import { openPartial, type PartialFile } from './partial.ts';
import { openRange, RangeNotSatisfiable, type RangeResponse } from './response.ts';
import { withRetries } from './retry.ts';
import type { HttpSettings } from './settings.ts';

/** A file wanted from one place. */
export interface Download {
  /** `http:`, `https:` or `file:` URL, or an absolute path. */
  readonly url: string;
  /** Its bytes; anything else is refused, and what a killed run left is gone on with. */
  readonly sha256?: Sha256;
  /** Its size in bytes; anything else is refused, before it is read where the server announces it. */
  readonly size?: number;
  /** Largest size in bytes; the settings' where not given. */
  readonly maxSize?: number;
  /** Told after each piece: bytes so far, and in all where that is known. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

export interface Downloaded {
  readonly digest: FileDigest;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export interface DownloadContext {
  readonly settings: HttpSettings;
  readonly connections: Connections;
  readonly limits: TransferLimits;
}

/** One download while it is going on. */
interface Transfer {
  readonly download: Download;
  readonly context: DownloadContext;
  readonly path: string;
  readonly partial: PartialFile;
  /** Whether bytes of more than one response are in the file: then a wrong hash may be the mixture's fault. */
  mixed: boolean;
  /** What the server calls the version that the bytes so far are of. */
  validator: string | undefined;
}

/**
 * GETs `download.url` into `path`, over as many tries as the settings allow, each of them going on where the
 * last one stopped. When it returns, `path` has the size and hash asked for. When it throws, `path` stays
 * where a later run may go on with it. Throws a `ToolkitError` that names the URL.
 */
export async function downloadTo(
  path: string,
  download: Download,
  context: DownloadContext,
  signal: AbortSignal,
): Promise<Downloaded> {
  signal.throwIfAborted();
  await using partial = await openPartial(path, download.sha256 !== undefined, signal);
  const transfer: Transfer = {
    download,
    context,
    path,
    partial,
    mixed: partial.size > 0,
    validator: undefined,
  };
  const { limits, settings } = context;
  const tries = () =>
    withRetries(download.url, settings, () => limits.overall(() => attempt(transfer, signal)), signal);
  return await limits.perHost(new URL(download.url).host, tries);
}

async function attempt(transfer: Transfer, signal: AbortSignal): Promise<Downloaded> {
  const { download, partial, context } = transfer;
  const tooLong = download.size !== undefined && partial.size > download.size;
  // Without a hash, only the server's validator says that old and new bytes are of one file.
  const unknown = download.sha256 === undefined && transfer.validator === undefined;
  if (tooLong || unknown) await restart(transfer);
  let response: RangeResponse | undefined;
  if (partial.size === 0 || partial.size !== download.size) {
    const wanted = {
      url: download.url,
      from: partial.size,
      validator: transfer.validator,
      allowDowngrade: download.sha256 !== undefined,
      redirects: context.settings.redirects,
    };
    try {
      response = await openRange(wanted, await context.connections.dispatcher(), signal);
      await receive(response, transfer);
    } catch (error) {
      // The file may be whole already: a run was killed between its last byte and its use.
      const whole = error instanceof RangeNotSatisfiable && partial.digest().sha256 === download.sha256;
      if (error instanceof RangeNotSatisfiable && !whole) await restart(transfer);
      if (!whole) throw error;
    }
  }
  await verify(transfer);
  return { digest: partial.digest(), etag: response?.etag, lastModified: response?.lastModified };
}

async function receive(response: RangeResponse, transfer: Transfer): Promise<void> {
  const { download, partial, context } = transfer;
  const { body, total } = response;
  // A body that is dropped unread must not end the process by an unheard 'error'.
  body.on('error', () => undefined);
  try {
    const limit = download.size ?? download.maxSize ?? context.settings.maxSize;
    if (total !== undefined && download.size !== undefined && total !== download.size) {
      throw mismatch(`the server announces ${total} bytes, ${download.size} were expected`);
    }
    if (total !== undefined && total > limit) throw tooLarge(`${total} bytes are announced`, limit);
    if (response.offset === 0 && partial.size > 0) await restart(transfer);
    transfer.mixed ||= response.offset > 0;
    transfer.validator = response.validator;
    for await (const chunk of body) {
      if (partial.size + chunk.length > limit) {
        await restart(transfer);
        throw tooLarge('more bytes come', limit);
      }
      await partial.append(chunk);
      download.onProgress?.(partial.size, total ?? download.size);
    }
    if (total !== undefined && partial.size < total) {
      throw new TryFailure(
        'interrupted',
        'HTTP_INTERRUPTED',
        `ended after ${partial.size} of ${total} bytes`,
      );
    }
  } finally {
    body.destroy();
  }
}

async function verify(transfer: Transfer): Promise<void> {
  const { download, partial, mixed, path } = transfer;
  const { sha256, size } = partial.digest();
  const sizeFits = download.size === undefined || size === download.size;
  const hashFits = download.sha256 === undefined || sha256 === download.sha256;
  if (sizeFits && hashFits) return;
  await restart(transfer);
  const found = sizeFits
    ? `SHA-256 is ${sha256}, expected ${download.sha256}`
    : `${size} bytes came, ${download.size} were expected`;
  if (mixed) throw new TryFailure('interrupted', 'HTTP_MISMATCH', found);
  await rm(path, { force: true });
  throw mismatch(found);
}

async function restart(transfer: Transfer): Promise<void> {
  await transfer.partial.reset();
  transfer.mixed = false;
  transfer.validator = undefined;
}

function mismatch(message: string): TryFailure {
  return new TryFailure('final', 'HTTP_MISMATCH', message);
}

function tooLarge(message: string, limit: number): TryFailure {
  return new TryFailure('final', 'HTTP_TOO_LARGE', `${message}, the limit is ${limit}`);
}
