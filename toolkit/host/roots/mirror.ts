import { hostError } from '../../domain/errors.ts';
import { readAptSources } from '../sources/debian/apt-sources.ts';

/** Where Debian packages come from. Never written to a file of ours. */
export interface Mirror {
  readonly uri: string;
  /** Key ring that apt was told to trust for it. */
  readonly signedBy: string | undefined;
}

// Other vendors' archives have suites of their own; Debian's security archive has NAME-security only.
const SUITES =
  /^(buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)$/;

/**
 * The mirror that the host's apt knows, or `given` (DEBIAN_MIRROR). Throws `MIRROR_UNKNOWN` where apt has
 * none.
 */
export async function findMirror(given: string | undefined, aptDir = '/etc/apt'): Promise<Mirror> {
  if (given !== undefined && given !== '') return { uri: given, signedBy: undefined };
  for (const { uri, suite, components, types, signedBy } of await readAptSources(aptDir)) {
    const isArchive = types.includes('deb') && SUITES.test(suite) && components.includes('main');
    if (isArchive && /^(?:https?|file):/.test(uri)) return { uri, signedBy };
  }
  throw hostError('MIRROR_UNKNOWN', 'No mirror of the Debian archive is configured on this host', {
    hint: 'Set DEBIAN_MIRROR to the URL of one (make image DEBIAN_MIRROR=...).',
  });
}
