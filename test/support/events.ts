/** What a run with `--json` said: its events, then its result or its error. */
export type JsonLine = Readonly<Record<string, unknown>>;

export function jsonLines(stdout: string): JsonLine[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JsonLine);
}

/** Tasks of a stage that ended so, sorted. */
export function tasksOf(stdout: string, stage: string, outcome: string): string[] {
  return jsonLines(stdout)
    .filter((line) => line.type === 'task.finished' && line.stage === stage && line.outcome === outcome)
    .map(({ task }) => String(task))
    .sort();
}

/** Packages that were really built. */
export function builtPackages(stdout: string): string[] {
  return tasksOf(stdout, 'packages', 'made');
}

/** Wall seconds of a stage of a run with `--json`. */
export function stageSeconds(stdout: string, stage: string): number {
  const finished = jsonLines(stdout).find((line) => line.type === 'stage.finished' && line.stage === stage);
  if (finished === undefined) throw new Error(`the stage ${stage} did not finish`);
  return Number(finished.durationMs) / 1000;
}
