import { isUtf8 } from 'node:buffer';

/** A path of a header (bytes as latin1) as text: UTF-8 where it is, else latin1, as createrepo_c does it. */
export function pathToText(path: string): string {
  const bytes = Buffer.from(path, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : path;
}

/** Reads what `pathToText` writes. */
export function textToPath(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Whether primary.xml lists a file: those that packages commonly require. Source: createrepo_c. */
export function isPrimaryPath(path: string): boolean {
  return path.startsWith('/etc/') || path.includes('bin/') || path === '/usr/lib/sendmail';
}
