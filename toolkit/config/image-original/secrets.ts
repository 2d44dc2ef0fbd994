import type { Secret } from '../../domain/image-config/secret.ts';

/** Passwords that stand in a configuration as they are. */
export interface ConfigSecrets {
  /** By the user's name. */
  readonly users: ReadonlyMap<string, Secret>;
  readonly encryption: Secret | undefined;
}

/** A document in our own form, and what of it must not be told. */
export interface Disclosed<T> {
  readonly document: T;
  readonly secrets: ConfigSecrets;
  /** Whether the file has secrets as they are: nobody may know a digest of it, who could try what it might say. */
  readonly holdsSecrets: boolean;
}

export const NO_SECRETS: ConfigSecrets = { users: new Map(), encryption: undefined };
