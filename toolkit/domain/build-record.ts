import type { Sha256 } from './digest.ts';
import { byCodeUnit, listedNames } from './text.ts';

/** What a source RPM is packed from. */
export interface SrpmContents {
  readonly spec: Sha256;
  /** Sources and patches: name to the SHA-256 that are accepted, joined by blanks. */
  readonly files: Readonly<Record<string, string>>;
}

/** All that decides the packages of a source package, in parts that a person knows. */
export interface BuildInputs extends SrpmContents {
  /** Key of the worker root. */
  readonly worker: string;
  /** Name of a source package to the SHA-256 of those of its packages that are in the build root; sorted. */
  readonly dependencies: Readonly<Record<string, readonly Sha256[]>>;
  /** Digest of the target, with its macros. */
  readonly target: Sha256;
  readonly check: boolean;
}

/** The last build of a source package that a run used. */
export interface BuildRecord {
  /** Key of the build. */
  readonly action: Sha256;
  readonly durationMs: number;
  readonly inputs: BuildInputs;
}

/** How many names a reason lists. */
const NAMES = 3;

/**
 * Why a package has to be built that was built of `before` the last time, in words: `its spec changed, openssl
 * changed`. What is not known of `now` is not compared. What follows from a change of the worker root (other
 * bytes in all that is built in it) is not told beside it.
 */
export function buildReason(
  now: SrpmContents & Partial<BuildInputs>,
  before: BuildInputs | undefined,
): string {
  if (before === undefined) return 'never built';
  const reasons: string[] = [];
  if (now.spec !== before.spec) reasons.push('its spec changed');
  const sources = compare(now.files, before.files, String);
  if (sources.changed !== '') reasons.push(`source ${sources.changed} changed`);
  if (sources.added !== '') reasons.push(`source ${sources.added} added`);
  if (sources.gone !== '') reasons.push(`source ${sources.gone} removed`);
  if (now.worker !== undefined && now.worker !== before.worker) reasons.push('the worker root changed');
  else if (now.dependencies !== undefined) {
    const needs = compare(now.dependencies, before.dependencies, (all) => all.join(' '));
    if (needs.changed !== '') reasons.push(`${needs.changed} changed`);
    if (needs.added !== '') reasons.push(`it needs ${needs.added} now`);
    if (needs.gone !== '') reasons.push(`it no longer needs ${needs.gone}`);
  }
  if (now.target !== undefined && now.target !== before.target) reasons.push('the target changed');
  if (now.check !== undefined && now.check !== before.check) {
    reasons.push(now.check ? '%check is asked for' : '%check is no longer asked for');
  }
  return reasons.length === 0 ? 'its packages are no longer in the cache' : reasons.join(', ');
}

/** Names whose value is another, that are new and that are gone; each as a list in words, empty for none. */
function compare<T>(
  now: Readonly<Record<string, T>>,
  before: Readonly<Record<string, T>>,
  text: (value: T) => string,
): { readonly changed: string; readonly added: string; readonly gone: string } {
  const names = Object.keys(now);
  const both = names.filter((name) => Object.hasOwn(before, name));
  return {
    changed: listed(both.filter((name) => text(now[name]!) !== text(before[name]!))),
    added: listed(names.filter((name) => !Object.hasOwn(before, name))),
    gone: listed(Object.keys(before).filter((name) => !Object.hasOwn(now, name))),
  };
}

function listed(names: readonly string[]): string {
  return listedNames([...names].sort(byCodeUnit), NAMES);
}
