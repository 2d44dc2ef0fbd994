/** How a run of builds went, as it is told at the end. */
export interface BuildSummary {
  /** In the order of the plan. */
  readonly built: readonly TimedBuild[];
  readonly reused: readonly string[];
  readonly failed: readonly string[];
  /** Not tried, because one that it needs did not end well. */
  readonly skipped: readonly { readonly name: string; readonly because: string }[];
  /**
   * The longest chain of builds that waited for one another: with any number of cores the run takes as long.
   * In order; empty when nothing was built.
   */
  readonly chain: readonly string[];
  readonly chainMs: number;
  readonly totalMs: number;
  /** Processor milliseconds of all that ran, where they are known. */
  readonly cpuMs: number | undefined;
}

export interface TimedBuild {
  readonly name: string;
  readonly durationMs: number;
  readonly because: string;
}

/**
 * The longest chain of builds, by time; `builds` come in an order that a single builder can follow. What was
 * not built took no time and still links those before and after it.
 */
export function longestChain(
  builds: readonly { readonly name: string; readonly waitsOn: readonly string[] }[],
  durations: ReadonlyMap<string, number>,
): { readonly chain: readonly string[]; readonly chainMs: number } {
  const ends = new Map<string, { readonly ms: number; readonly after: string | undefined }>();
  let last: string | undefined;
  for (const { name, waitsOn } of builds) {
    const after = waitsOn
      .filter((other) => (ends.get(other)?.ms ?? 0) > 0)
      .reduce<string | undefined>(
        (best, other) => (best === undefined || ends.get(other)!.ms > ends.get(best)!.ms ? other : best),
        undefined,
      );
    const ms = (after === undefined ? 0 : ends.get(after)!.ms) + (durations.get(name) ?? 0);
    ends.set(name, { ms, after });
    if (ms > (last === undefined ? 0 : ends.get(last)!.ms)) last = name;
  }
  const chain: string[] = [];
  for (let at = last; at !== undefined; at = ends.get(at)!.after) {
    if (durations.has(at)) chain.unshift(at);
  }
  return { chain, chainMs: last === undefined ? 0 : ends.get(last)!.ms };
}
