import pLimit, { type LimitFunction } from 'p-limit';
import type { HttpSettings } from './settings.ts';

/** Transfers at once: over all hosts and to each. */
export interface TransferLimits {
  /** Runs `work` when the host has a place free; others may go to other hosts meanwhile. */
  perHost<T>(host: string, work: () => Promise<T>): Promise<T>;
  /** Runs `work`, one transfer, when there is a place free at all. */
  overall<T>(work: () => Promise<T>): Promise<T>;
}

/** Limits as the settings say. A pause between tries should hold `perHost`, but not `overall`. */
export function createTransferLimits(settings: HttpSettings): TransferLimits {
  const all = pLimit(settings.parallel);
  const hosts = new Map<string, LimitFunction>();
  return {
    perHost(host, work) {
      const limit = hosts.get(host) ?? pLimit(settings.parallelPerHost);
      hosts.set(host, limit);
      return limit(work);
    },
    overall: (work) => all(work),
  };
}
