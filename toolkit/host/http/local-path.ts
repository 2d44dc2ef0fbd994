import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usageError } from '../../domain/errors.ts';
import { redactSecrets } from '../../domain/redact.ts';

/**
 * Path on this host that a `file:` URL or an absolute path names; undefined for http and https. Throws
 * `URL_UNSUPPORTED` for everything else.
 */
export function localPath(url: string): string | undefined {
  if (isAbsolute(url)) return url;
  if (URL.canParse(url)) {
    const parsed = new URL(url);
    if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return undefined;
    if (parsed.protocol === 'file:' && parsed.host === '') return fileURLToPath(parsed);
  }
  throw usageError(
    'URL_UNSUPPORTED',
    `${redactSecrets(url)}: not a http, https or file URL and no absolute path`,
  );
}

/**
 * A location below a base URL or folder. Each part of `location` is percent-encoded for URLs; `location` must
 * have passed `isPathBelow`.
 */
export function joinUrl(base: string, location: string): string {
  const folder = base.replace(/\/+$/, '');
  if (isAbsolute(base)) return `${folder}/${location}`;
  return `${folder}/${location.split('/').map(encodeURIComponent).join('/')}`;
}
