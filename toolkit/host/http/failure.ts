import { buildError, hostError, type ToolkitError } from '../../domain/errors.ts';
import { redactSecrets } from '../../domain/redact.ts';

/** How a try ended that brought no bytes; decides whether there is another one. */
export type FailureKind = 'status' | 'interrupted' | 'unreachable' | 'final';

/** One try that failed. Stays inside host/http: callers get a `ToolkitError`. */
export class TryFailure extends Error {
  override readonly name = 'TryFailure';
  readonly kind: FailureKind;
  readonly code: string;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    code: string,
    message: string,
    details: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
  }
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const INTERRUPTED = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
]);

/** What an exception of undici, or of the socket means for the next try. */
export function classifyError(error: unknown): TryFailure {
  if (error instanceof TryFailure) return error;
  for (const cause of causes(error)) {
    const code = errorCode(cause);
    if (code === undefined) continue;
    if (UNREACHABLE.has(code)) {
      return new TryFailure('unreachable', 'HTTP_UNREACHABLE', message(cause), { cause: error });
    }
    if (INTERRUPTED.has(code) || code.startsWith('HPE_')) {
      return new TryFailure('interrupted', 'HTTP_INTERRUPTED', message(cause), { cause: error });
    }
  }
  return new TryFailure('final', 'HTTP_FAILED', message(error), { cause: error });
}

/** The failure of a whole download, for people. `tries` is how often it was tried. */
export function downloadError(url: string, failure: TryFailure, tries: number): ToolkitError {
  const times = tries > 1 ? ` (tried ${tries} times)` : '';
  const text = `${redactSecrets(url)}: ${redactSecrets(failure.message)}${times}`;
  if (failure.kind === 'unreachable') {
    return hostError(failure.code, text, {
      hint: 'Check the network, http_proxy, https_proxy and no_proxy.',
    });
  }
  return buildError(failure.code, text);
}

function* causes(error: unknown): Generator<unknown> {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  for (let cause = queue.shift(); cause !== undefined; cause = queue.shift()) {
    if (seen.has(cause)) continue;
    seen.add(cause);
    yield cause;
    // A host with several addresses fails with one error an address.
    if (cause instanceof AggregateError) queue.push(...cause.errors);
    if (cause instanceof Error) queue.push(cause.cause);
  }
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function message(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? (errorCode(error) ?? error.name) : error.message;
}
