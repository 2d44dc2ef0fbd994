import { buildError } from '../../domain/errors.ts';

/**
 * Checks that a location stays inside of its repository: a relative path of plain parts, no URL. Returns it.
 * Throws `REPODATA_LOCATION`. What a server says is used as a path here, and as a part of a URL.
 */
export function checkLocation(location: string): string {
  const parts = location.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (
    !isPlain ||
    location.length > 4096 ||
    /[\u0000-\u001f\u007f\\?#]|^[a-z][a-z0-9+.-]*:/i.test(location) ||
    hasEscape(location)
  ) {
    throw buildError('REPODATA_LOCATION', `${JSON.stringify(location)} is no path inside of a repository.`, {
      hint: 'Do not use this package server: its metadata is wrong.',
    });
  }
  return location;
}

/** Whether `%2e` or `%2f` would become a dot or a slash on the way through a URL. */
function hasEscape(location: string): boolean {
  return /%(2e|2f|5c|00)/i.test(location);
}
