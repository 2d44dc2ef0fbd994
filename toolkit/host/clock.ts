import type { Clock } from '../domain/ports.ts';

export function createClock(): Clock {
  return { now: () => Date.now() };
}
