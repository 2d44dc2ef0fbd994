import type { Secret } from '../../domain/image-config/secret.ts';

/** Passwords that stand in a configuration as they are. */
export interface ConfigSecrets {
  /** By the user's name. */
  readonly users: ReadonlyMap<string, Secret>;
  readonly encryption: Secret | undefined;
}

export const NO_SECRETS: ConfigSecrets = { users: new Map(), encryption: undefined };
