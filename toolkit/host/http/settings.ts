/** How the network is reached; made once from the environment and the command line, then passed down. */
export interface HttpSettings {
  /** Proxy URLs, as `http_proxy`, `https_proxy` and `no_proxy` give them; empty for none. */
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
  /** PEM file of a root CA that is trusted as well. */
  readonly caCert?: string;
  /** PEM files of a client certificate and its key. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Transfers at once, over all hosts and to one host. */
  readonly parallel: number;
  readonly parallelPerHost: number;
  /** Milliseconds until a connection stands, until headers come, and between two pieces of a body. */
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /** Tries in all, and for hosts that cannot be reached at all. */
  readonly attempts: number;
  readonly connectAttempts: number;
  /** First pause between two tries in milliseconds; doubles each time, with jitter, up to the longest. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** A host that could not be reached is not asked again for this long. */
  readonly unreachableMs: number;
  readonly redirects: number;
  /** Largest body that is accepted, in bytes. */
  readonly maxSize: number;
}

const GIB = 1024 ** 3;

export const DEFAULT_HTTP_SETTINGS: HttpSettings = {
  httpProxy: '',
  httpsProxy: '',
  noProxy: '',
  parallel: 8,
  parallelPerHost: 4,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyIdleTimeoutMs: 30_000,
  attempts: 5,
  connectAttempts: 2,
  pauseMs: 500,
  longestPauseMs: 30_000,
  unreachableMs: 60_000,
  redirects: 10,
  maxSize: 16 * GIB,
};

/**
 * Settings out of an environment: the proxy variables in both spellings (lower case first, as curl does)
 * and `CA_CERT`, `TLS_CERT`, `TLS_KEY`.
 */
export function readHttpSettings(env: Readonly<Record<string, string | undefined>>): HttpSettings {
  const { CA_CERT: caCert, TLS_CERT: tlsCert, TLS_KEY: tlsKey } = env;
  return {
    ...DEFAULT_HTTP_SETTINGS,
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    ...(caCert ? { caCert } : {}),
    ...(tlsCert ? { tlsCert } : {}),
    ...(tlsKey ? { tlsKey } : {}),
  };
}
