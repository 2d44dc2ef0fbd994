/** What the pipeline asks of the world beyond the ports of the stages. `host/` makes these real. */
import type { FileDigest, Sha256 } from './digest.ts';
import type { ProviderPool } from './graph-providers.ts';
import type { FetchedSource, SourceRequest } from './sources.ts';

/** A package of a solution: where it is from, and by what it is known. */
export interface SolvedPackage {
  /** Name of the repository. */
  readonly repository: string;
  /** Location within the repository. */
  readonly location: string;
  readonly digest: FileDigest;
}

/** An rpm-md repository as a solution depends on it. */
export interface RepositoryId {
  readonly name: string;
  /** Lower is preferred. */
  readonly priority: number;
  /** Digest of what it holds. */
  readonly sha256: Sha256;
}

/** Its metadata on the host's disk. */
export interface MetadataFolder extends RepositoryId {
  /** Folder that holds `repodata/`. */
  readonly path: string;
}

export interface SolveRequest {
  /** Names, capabilities and paths to install, as rpm writes them. */
  readonly install: readonly string[];
  readonly repositories: readonly MetadataFolder[];
  /** Whether the packages of the seed root count as installed. */
  readonly onSeedRoot: boolean;
  /** Names of what the seed root does not count as providing, because packages of ours take its place. */
  readonly seedGivesWay?: readonly string[];
}

export type Solution =
  /** In an order in which they can be installed. */
  | { readonly kind: 'solved'; readonly packages: readonly SolvedPackage[] }
  /** Why not: one readable sentence for each problem. */
  | { readonly kind: 'unsolvable'; readonly problems: readonly string[] };

/** libsolv, in whatever root it runs. */
export interface Solver {
  /** Changes when the answers to the same question may. */
  readonly key: string;
  solve(request: SolveRequest, signal: AbortSignal): Promise<Solution>;
}

/** The package servers that the user named. */
export interface PackageServers {
  /** Their metadata, fetched and verified; in order of preference. Throws when one cannot be reached. */
  folders(signal: AbortSignal): Promise<readonly MetadataFolder[]>;
  /** What they have, for the graph. */
  pools(signal: AbortSignal): Promise<readonly ProviderPool[]>;
  /** Brings a package into the store, verified; gives its path there. */
  fetch(
    solved: SolvedPackage,
    signal: AbortSignal,
  ): Promise<{ readonly path: string; readonly digest: FileDigest }>;
}

/** Finds sources by their hashes. */
export interface SourceFinder {
  fetch(request: SourceRequest, signal: AbortSignal): Promise<readonly FetchedSource[]>;
}

/** Signs files with the user's key, detached. */
export interface Signer {
  /** Changes when the same file would get another signature: names the key. Throws `SIGN_KEY_UNUSABLE`. */
  key(signal: AbortSignal): Promise<string>;
  /** What follows the signed file's name: `.sig` or `.asc`. */
  readonly ending: string;
  /** The signature of a file, as text. Throws `SIGN_FAILED`. */
  sign(path: string, signal: AbortSignal): Promise<string>;
}
