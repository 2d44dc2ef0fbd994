import { setTimeout as sleep } from 'node:timers/promises';
import { ToolkitError } from '../../domain/errors.ts';
import { classifyError, downloadError, type TryFailure } from './failure.ts';
import type { HttpSettings } from './settings.ts';

const LONGEST_RETRY_AFTER_MS = 120_000;
const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504, 507, 509]);

/** Whether the same request may get another answer later. 403, 404 and 410 are answers. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status) || status > 511;
}

/**
 * Milliseconds of a `Retry-After` header: seconds, or an HTTP date against `now` (milliseconds since the
 * epoch). At most two minutes; undefined where the header says nothing. Source: RFC 9110, 10.2.3.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  if (Number.isNaN(wait)) return undefined;
  return Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MS);
}

/**
 * Milliseconds before try number `tries + 1`: half fixed, half by chance (`random` in 0..1), so that clients
 * which failed together do not come back together.
 */
export function pauseBefore(tries: number, settings: HttpSettings, random: number): number {
  const whole = Math.min(settings.pauseMs * 2 ** (tries - 1), settings.longestPauseMs);
  return whole / 2 + (whole / 2) * random;
}

/**
 * Calls `attempt` until it returns, fails for good, or was called often enough. Throws the last failure as a
 * `ToolkitError` that names the URL, or the signal's reason.
 */
export async function withRetries<T>(
  url: string,
  settings: HttpSettings,
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      // Told already: our own disk, not the server.
      if (error instanceof ToolkitError) throw error;
      const failure = classifyError(error);
      if (!mayTryAgain(failure, tries, settings)) throw downloadError(url, failure, tries);
      const pause = Math.max(pauseBefore(tries, settings, Math.random()), failure.retryAfterMs ?? 0);
      await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

function mayTryAgain(failure: TryFailure, tries: number, settings: HttpSettings): boolean {
  if (failure.kind === 'final') return false;
  return tries < (failure.kind === 'unreachable' ? settings.connectAttempts : settings.attempts);
}
