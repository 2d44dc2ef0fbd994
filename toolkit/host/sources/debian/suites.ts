import type { AptSource } from './apt-sources.ts';

/** A suite of an archive whose Sources index is searched. */
export interface ArchiveSuite {
  /** URL of the archive, without a slash at its end. */
  readonly archive: string;
  readonly suite: string;
}

/** Newest first: where several list the same bytes, they are tried in this order. */
const RELEASES = ['trixie', 'bookworm'];
const CODENAMES =
  /^(?:trixie|bookworm|bullseye|buster|forky|duke|sid|stable|testing|unstable|oldstable)(?:-updates|-backports|-proposed-updates)?$/;
const SECURITY = /-security$|\/updates$/;

/**
 * Suites to search: of the given mirrors, or of those that apt knows Debian's suites from; and of a security
 * archive that apt knows, which must be on one of the given mirrors' hosts. The order is fixed.
 */
export function archiveSuites(
  mirrors: readonly string[],
  apt: readonly Pick<AptSource, 'uri' | 'suite' | 'components'>[],
): ArchiveSuite[] {
  const usable = apt.filter(
    ({ uri, components }) => /^(?:https?|file):/.test(uri) && components.includes('main'),
  );
  const known = usable.filter(({ suite }) => CODENAMES.test(suite)).map(({ uri }) => uri);
  const main = distinct(mirrors.length > 0 ? mirrors : known);
  const hosts = new Set(main.map(hostOf));
  const security = distinct(
    usable
      .filter(({ suite, uri }) => SECURITY.test(suite) && (mirrors.length === 0 || hosts.has(hostOf(uri))))
      .map(({ uri }) => uri),
  );
  return RELEASES.flatMap((release) => [
    ...main.map((archive) => ({ archive, suite: release })),
    ...main.map((archive) => ({ archive, suite: `${release}-updates` })),
    ...security.map((archive) => ({ archive, suite: `${release}-security` })),
  ]);
}

function distinct(uris: readonly string[]): string[] {
  return [...new Set(uris.map((uri) => uri.replace(/\/+$/, '')))];
}

function hostOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).host : uri;
}
