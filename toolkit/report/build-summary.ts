import type { BuildSummary } from '../domain/build-summary.ts';
import { listedNames } from '../domain/text.ts';
import { formatDuration } from './duration.ts';

/** How many names a line lists. */
const NAMES = 8;

/**
 * What was built and why, what failed and what was left out for it, and what the time went into; a line each.
 * Empty when everything was there already: the line of the stage says that.
 */
export function buildSummaryLines(summary: BuildSummary): string[] {
  const { built, failed, skipped, chain, chainMs, totalMs, cpuMs } = summary;
  if (built.length + failed.length + skipped.length === 0) return [];
  const longest = [...built].sort((a, b) => b.durationMs - a.durationMs);
  const reasons = [...Map.groupBy(longest, ({ because }) => because)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const lines = reasons.map(([because, all]) => {
    return `built, ${because}: ${listed(all.map((one) => `${one.name} ${formatDuration(one.durationMs)}`))}`;
  });
  if (failed.length > 0) lines.push(`failed: ${listed(failed)}`);
  for (const [because, all] of Map.groupBy(skipped, (one) => one.because)) {
    lines.push(`skipped for ${because}: ${listed(all.map(({ name }) => name))}`);
  }
  if (chain.length > 1) lines.push(`longest chain ${formatDuration(chainMs)}: ${chain.join(' > ')}`);
  if (cpuMs !== undefined && totalMs > 0) {
    const cores = (cpuMs / totalMs).toFixed(1);
    lines.push(`${formatDuration(cpuMs)} of processors: ${cores} were busy on average`);
  }
  return lines.map((line) => `  ${line}`);
}

function listed(names: readonly string[]): string {
  return listedNames(names, NAMES);
}
