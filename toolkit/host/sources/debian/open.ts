import { join } from 'node:path';
import { readAptSources } from './apt-sources.ts';
import { type ArchiveDeps, createSourceArchive, type SourceArchive } from './archive.ts';
import { archiveSuites } from './suites.ts';

/**
 * The source archive of the mirrors that `mirror` (DEBIAN_MIRROR: URLs with blanks between) or the host's apt
 * names; its indexes are kept in `cacheDir`. Reads apt's configuration and nothing else: a host without a mirror
 * has an archive that finds nothing and says why.
 */
export async function createDebianArchive(
  mirror: string | undefined,
  deps: Omit<ArchiveDeps, 'folder'>,
  cacheDir: string,
  aptFolder = '/etc/apt',
): Promise<SourceArchive> {
  const mirrors = (mirror ?? '').split(/\s+/).filter((url) => url !== '');
  const suites = archiveSuites(mirrors, await readAptSources(aptFolder));
  return createSourceArchive(suites, { ...deps, folder: join(cacheDir, 'debian-sources') });
}
