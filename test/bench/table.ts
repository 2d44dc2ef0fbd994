/** A row of the benchmark: ours against a peer, or ours alone against a figure. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | null;
  /** ours / peer, or ours / target for a row without a peer. */
  readonly ratio: number | null;
  /** Highest ratio, or highest value where there is no peer; null for a row that only informs. */
  readonly target: number | null;
  readonly ok: boolean | null;
}

/** A row against a peer on the same work: the ratio must not exceed `target`. */
export function against(name: string, unit: string, ours: number, peer: number, target: number): Row {
  const ratio = ours / peer;
  return { name, unit, ours, peer, ratio, target, ok: ratio <= target };
}

/** A row against a figure, scaled by how slow the machine is right now (1 for what time does not touch). */
export function within(name: string, unit: string, ours: number, target: number, factor: number): Row {
  return {
    name,
    unit,
    ours,
    peer: null,
    ratio: ours / (target * factor),
    target,
    ok: ours <= target * factor,
  };
}

/** A row that only informs. */
export function inform(name: string, unit: string, ours: number): Row {
  return { name, unit, ours, peer: null, ratio: null, target: null, ok: null };
}

export function formatTable(rows: readonly Row[]): string {
  const header = ['', 'unit', 'ours', 'peer', 'ratio', 'target', ''];
  const lines = rows.map((row) => [
    row.name,
    row.unit,
    figure(row.ours),
    figure(row.peer),
    figure(row.ratio),
    figure(row.target),
    row.ok === null ? '' : row.ok ? 'ok' : 'MISSED',
  ]);
  const table = [header, ...lines];
  const widths = header.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  return table
    .map((line) =>
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(value < 10 ? 2 : 1);
}
