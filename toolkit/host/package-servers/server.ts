import type { RepoDefinition } from '../../config/repo-file.ts';
import { DEFAULT_PRIORITY } from '../../config/repo-file.ts';
import type { Sha256 } from '../../domain/digest.ts';
import type { EventSink } from '../../domain/events.ts';
import type { FileDigests, Store } from '../../domain/ports.ts';
import { redactSecrets } from '../../domain/redact.ts';
import type { HttpClient } from '../http/client.ts';

/** A place that prebuilt packages come from. */
export interface PackageServerDefinition {
  /** Name in messages: the section of a `.repo` file, or the URL. */
  readonly id: string;
  /** URLs or absolute paths, in order; each has the same content. */
  readonly baseUrls: readonly string[];
  /** Lower comes first. */
  readonly priority: number;
}

/** A server whose metadata is on this host. */
export interface PackageServer extends PackageServerDefinition {
  /** Folder that holds `repodata/` with repomd.xml, primary and filelists, whole and verified. */
  readonly folder: string;
  /** Hash of repomd.xml, which stands for all that the server offers. */
  readonly repomd: Sha256;
}

export interface PackageServerDeps {
  readonly http: HttpClient;
  readonly store: Store;
  readonly digests: FileDigests;
  readonly events: EventSink;
  /** Where the metadata folders are; shared by all servers. */
  readonly folder: string;
}

/**
 * Servers of PACKAGE_URL_LIST, then the enabled ones of REPO_LIST's files; by priority, and in the order given
 * where that is the same.
 */
export function definePackageServers(
  urls: readonly string[],
  repos: readonly RepoDefinition[],
): PackageServerDefinition[] {
  const listed = urls.map((url) => ({ id: redactSecrets(url), baseUrls: [url], priority: DEFAULT_PRIORITY }));
  const enabled = repos
    .filter((repo) => repo.enabled)
    .map(({ id, baseUrls, priority }) => ({ id, baseUrls, priority }));
  const ordered = [...listed, ...enabled].sort((a, b) => a.priority - b.priority);
  // Packages are fetched from a server by its name, so two .repo files may not share one.
  const uses = new Map<string, number>();
  return ordered.map((definition) => {
    const use = (uses.get(definition.id) ?? 0) + 1;
    uses.set(definition.id, use);
    return use === 1 ? definition : { ...definition, id: `${definition.id}#${use}` };
  });
}
